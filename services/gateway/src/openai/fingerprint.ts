/** The build of the trainer, asked for once a minute: answers name it, as equal seeds are equal for one build alone. */
import type { BuildService } from '@soar/contracts';
import type { CallOptions, Client } from '@soar/grpc-kit';

const KEPT_MS = 60_000;

export class Fingerprint {
  private found: string | null = null;
  private staleAt = 0;

  constructor(private readonly client: Pick<Client<typeof BuildService>, 'getBuild'>) {}

  /** null where the trainer does not say; what the matter is shows in the call that follows. */
  async of(options: CallOptions): Promise<string | null> {
    if (Date.now() < this.staleAt) return this.found;
    try {
      const { build } = await this.client.getBuild({}, options);
      this.found = build?.fingerprint || null;
      this.staleAt = Date.now() + KEPT_MS;
      return this.found;
    } catch {
      return null;
    }
  }
}
