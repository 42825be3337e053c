/** A teacher on a free port of this process between stand-ins, with a client, for tests. */
import { TeacherService } from '@soar/contracts';
import { createClient, startServer, type Client } from '@soar/grpc-kit';
import { connect } from '../clients.js';
import { teacherRoutes } from '../routes.js';
import { startStandIns, type StandInBehaviour, type StandIns } from './stand-ins.js';

export interface RunningTeacher extends StandIns {
  readonly client: Client<typeof TeacherService>;
}

/** Runs `test` with a teacher and stops everything after it. */
export async function withTeacher(
  behaviour: StandInBehaviour,
  test: (teacher: RunningTeacher) => Promise<void>,
): Promise<void> {
  const standIns = await startStandIns(behaviour);
  const clients = connect(standIns.addresses);
  const server = await startServer({ listen: '127.0.0.1:0', services: [teacherRoutes(clients)] });
  const client = createClient(TeacherService, server.address);
  try {
    await test({ ...standIns, client });
  } finally {
    client.close();
    await server.stop();
    clients.close();
    await standIns.stop();
  }
}
