/** The methods of TeacherService, each in its span. The work is in propose.ts, sample-proposals.ts and update.ts. */
import { TeacherService } from '@soar/contracts';
import { service, type Service } from '@soar/grpc-kit';
import { attributes, setAttributes, spans, withSpan } from '@soar/telemetry';
import type { Clients } from './clients.js';
import { propose } from './propose.js';
import { sampleProposals } from './sample-proposals.js';
import { update } from './update.js';

export function teacherRoutes(clients: Clients): Service {
  return service(TeacherService, {
    async propose(request, context) {
      const about = {
        [attributes.domain]: request.domain,
        [attributes.checkpoint]: request.checkpoint!.key,
        [attributes.problems]: request.datasets * request.questionsPerDataset,
      };
      return withSpan(spans.propose, about, async () => {
        const response = await propose(request, clients, context);
        setAttributes({ [attributes.samples]: response.rolloutsSampled });
        return response;
      });
    },
    async sampleProposals(request, context) {
      const about = {
        [attributes.domain]: request.domain,
        [attributes.checkpoint]: request.checkpoint!.key,
        [attributes.samples]: request.rollouts,
      };
      return withSpan(spans.propose, about, () => sampleProposals(request, clients, context));
    },
    async update(request, context) {
      const about = { [attributes.checkpoint]: request.checkpoint!.key };
      return withSpan(spans.teacherUpdate, about, () => update(request, clients, context));
    },
  });
}
