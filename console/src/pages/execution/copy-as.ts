/** The call that started an execution, in the words of other clients. */

export type CopyForm = 'cli' | 'curl' | 'boto3';

/** `region`: that of the key one is signed in with; undefined where the server asks for none. */
export function copyAs(form: CopyForm, machineArn: string, input: string, origin: string, region: string | undefined): string {
  const body = JSON.stringify({ stateMachineArn: machineArn, input });
  switch (form) {
    case 'cli':
      return [
        `aws --endpoint-url ${origin}${region === undefined ? '' : ` --region ${region}`} stepfunctions start-execution`,
        `--state-machine-arn ${quoted(machineArn)}`,
        `--input ${quoted(input)}`,
      ].join(' \\\n  ');
    case 'curl':
      return [
        `curl ${origin}/`,
        `-H 'content-type: application/x-amz-json-1.0'`,
        `-H 'x-amz-target: AWSStepFunctions.StartExecution'`,
        ...(region === undefined
          ? []
          : [`--aws-sigv4 aws:amz:${region}:states`, '--user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY"']),
        `-d ${quoted(body)}`,
      ].join(' \\\n  ');
    case 'boto3':
      return [
        'import boto3',
        '',
        `client = boto3.client("stepfunctions", endpoint_url=${JSON.stringify(origin)}${region === undefined ? '' : `, region_name=${JSON.stringify(region)}`})`,
        'client.start_execution(',
        `    stateMachineArn=${JSON.stringify(machineArn)},`,
        // JSON's escapes are Python's, but for characters beyond 16 bits, which Python reads as they are.
        `    input=${JSON.stringify(input)},`,
        ')',
      ].join('\n');
  }
}

/** For a POSIX shell: nothing inside single quotes means anything but the quote itself. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
