/** From nothing to a running execution: the machine is made when it is missing, then started. */
import { ApiError } from '../api/client.ts';
import { createMachine, startExecution } from '../api/operations.ts';
import { roleIn } from './samples.ts';
import type { Sample } from './samples.ts';

export async function runSample(sample: Sample): Promise<string> {
  const stateMachineArn = await made(sample);
  const { executionArn } = await startExecution({ stateMachineArn, input: JSON.stringify(sample.input) });
  return executionArn;
}

/** Creating the same machine again gives the same machine; one that was edited is used as it is. */
async function made(sample: Sample): Promise<string> {
  const request = { name: sample.name, definition: sample.definition, roleArn: roleIn('000000000000'), type: 'STANDARD' } as const;
  try {
    return (await createMachine(request)).stateMachineArn;
  } catch (error) {
    const known = error instanceof ApiError && error.code === 'StateMachineAlreadyExists' && /'(arn:[^']+)'/.exec(error.message);
    if (known && known[1] !== undefined) return known[1];
    throw error;
  }
}
