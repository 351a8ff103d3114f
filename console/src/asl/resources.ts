/** What a Task may name as its resource, as far as this server tells; asked once, when somebody first wants it. */
import { readResources } from '../api/extras.ts';
import type { Resources } from '../api/extras.ts';
import type { Shape } from './fields.ts';

const SDK = 'arn:aws:states:::aws-sdk:';
/** What the items and results of a Distributed Map can be read from and written to. */
const OF_S3: Readonly<Partial<Record<Shape, readonly string[]>>> = {
  reader: ['arn:aws:states:::s3:getObject', 'arn:aws:states:::s3:listObjectsV2'],
  writer: ['arn:aws:states:::s3:putObject'],
};

const asked = new Map<string, Promise<Resources>>();

function known(service: string): Promise<Resources> {
  const answer = asked.get(service) ?? readResources(service);
  asked.set(service, answer);
  // What could not be read now is asked for again.
  answer.catch(() => asked.delete(service));
  return answer;
}

/** `typed`: as far as somebody has come; the actions of a service come when its name is there. */
export async function resourcesFor(typed: string, shape: Shape): Promise<readonly string[]> {
  const fixed = OF_S3[shape];
  if (fixed !== undefined) return fixed;
  try {
    const service = /^arn:aws:states:::aws-sdk:([a-z0-9]+):/.exec(typed)?.[1];
    if (service !== undefined) return (await known(service)).resources;
    const { resources, services } = await known('');
    return [...resources, ...services.map((name) => `${SDK}${name}:`)];
  } catch {
    return [];
  }
}
