/** The input that each machine was last started with, as long as the browser's window lives. */

const PREFIX = 'stairway.input.';
/** LIMIT: longer inputs are not remembered. */
const LENGTH_MAX = 100_000;

export function rememberedInput(machineArn: string): string | undefined {
  try {
    return sessionStorage.getItem(PREFIX + machineArn) ?? undefined;
  } catch {
    return undefined;
  }
}

export function rememberInput(machineArn: string, input: string): void {
  if (input.length > LENGTH_MAX) return;
  try {
    sessionStorage.setItem(PREFIX + machineArn, input);
  } catch {
    // A full or forbidden storage only means that the input is typed again.
  }
}
