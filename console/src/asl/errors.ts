/** The errors that the language itself knows, as `ErrorEquals` names them. */
export const ERRORS = [
  'States.ALL',
  'States.TaskFailed',
  'States.Timeout',
  'States.HeartbeatTimeout',
  'States.Permissions',
  'States.DataLimitExceeded',
  'States.QueryEvaluationError',
  'States.BranchFailed',
  'States.ParameterPathFailure',
  'States.ResultPathMatchFailure',
  'States.NoChoiceMatched',
  'States.IntrinsicFailure',
  'States.ExceedToleratedFailureThreshold',
  'States.ItemReaderFailed',
  'States.ResultWriterFailed',
] as const;
