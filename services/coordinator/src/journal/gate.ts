/**
 * A door that work passes one by one: while it is shut, whoever comes waits. How a run is paused without unwinding it.
 */
export class Gate {
  private waiting: (() => void)[] = [];
  private shut = false;

  get isShut(): boolean {
    return this.shut;
  }

  close(): void {
    this.shut = true;
  }

  open(): void {
    this.shut = false;
    for (const go of this.waiting.splice(0)) go();
  }

  /** Settles once the gate is open; rejects with the signal's reason when it aborts first. */
  async pass(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    while (this.shut) {
      await new Promise<void>((resolve) => {
        const go = (): void => {
          signal.removeEventListener('abort', go);
          resolve();
        };
        signal.addEventListener('abort', go, { once: true });
        this.waiting.push(go);
      });
      signal.throwIfAborted();
    }
  }
}
