/**
 * The fields of the Amazon States Language by where they stand, each with one line about it.
 *
 * For who writes a definition: what is offered, and what is said of it. Which of them a definition may have is
 * the server's to say.
 */

export type Language = 'JSONPath' | 'JSONata';

export interface Field {
  name: string;
  words: string;
  /** What its value begins as. */
  kind: 'text' | 'object' | 'list' | 'flag' | 'value';
  /** Where only one of the query languages has it. */
  language?: Language;
  /** What it may be, where that is a closed set. */
  values?: readonly string[];
}

export type Shape =
  | 'machine'
  | 'branch'
  | 'processor'
  | 'processor-config'
  /** States by their names. */
  | 'states'
  | 'state'
  | 'rule'
  | 'condition'
  | 'retrier'
  | 'catcher'
  | 'reader'
  | 'reader-config'
  | 'batcher'
  | 'writer'
  | 'writer-config'
  | 'credentials';

export const STATE_TYPES = ['Task', 'Pass', 'Choice', 'Wait', 'Succeed', 'Fail', 'Parallel', 'Map'] as const;
export type StateType = (typeof STATE_TYPES)[number];
const LANGUAGES = ['JSONata', 'JSONPath'] as const;

const field = (kind: Field['kind']) => (name: string, words: string, more: Pick<Field, 'language' | 'values'> = {}): Field => ({ name, words, kind, ...more });
const text = field('text');
const object = field('object');
const list = field('list');
const flag = field('flag');
const value = field('value');
const PATH = { language: 'JSONPath' } as const;
const JSONATA = { language: 'JSONata' } as const;

const COMMENT = text('Comment', 'A note for readers; it does nothing.');
const LANGUAGE = text('QueryLanguage', 'How data is selected from here on: JSONata, or JSONPath as by default.', { values: LANGUAGES });
const NEXT = text('Next', 'The state to go on with, by name; in the same scope.');
const ASSIGN = object('Assign', 'Variables to set, for the states after this one.');
const OUTPUT = value('Output', 'What it gives to the next state; else its result.', JSONATA);
const RESULT_PATH = text('ResultPath', 'Where in the input the result is put; null throws it away.', PATH);
const STATES = object('States', 'The states, by their names.');
const START_AT = text('StartAt', 'The state to begin with, by name.');
const RESOURCE = text('Resource', 'What does the work: a service’s action, a Lambda function or an activity, by its ARN.');
const ARGUMENTS = value('Arguments', 'What the work is given; else the input.', JSONATA);
const PARAMETERS = object('Parameters', 'What is given instead of the input; names that end in .$ are paths.', PATH);
const ERROR_EQUALS = list('ErrorEquals', 'The errors that it is for, by name.');

const TYPE = text('Type', 'What kind of state it is.', { values: STATE_TYPES });
const FLOW = [NEXT, flag('End', 'True ends the execution, or the branch, after this state.')];
const IN_OUT = [
  text('InputPath', 'The part of the input that the state sees.', PATH),
  text('OutputPath', 'The part of its output that the next state gets.', PATH),
];
const RESULT = [object('ResultSelector', 'What is taken from the result.', PATH), RESULT_PATH];
const CARE = [
  list('Retry', 'When to try again after an error, how often, and with which pauses.'),
  list('Catch', 'Which states errors lead to when trying is over.'),
];
const orPath = (one: Field): Field[] => [one, text(`${one.name}Path`, `${one.words} Here: where in the input it stands.`, PATH)];

const BY_TYPE: Readonly<Record<StateType, readonly Field[]>> = {
  Task: [
    RESOURCE,
    ARGUMENTS,
    PARAMETERS,
    ...orPath(value('TimeoutSeconds', 'Seconds after which the task fails with States.Timeout.')),
    ...orPath(value('HeartbeatSeconds', 'Seconds without a heartbeat after which the task fails.')),
    object('Credentials', 'The role that the call is made as.'),
    ...IN_OUT,
    ...RESULT,
    OUTPUT,
    ASSIGN,
    ...CARE,
    ...FLOW,
    LANGUAGE,
  ],
  Pass: [value('Result', 'What it gives, whatever it was given.', PATH), PARAMETERS, ...IN_OUT, RESULT_PATH, OUTPUT, ASSIGN, ...FLOW, LANGUAGE],
  Choice: [
    list('Choices', 'Rules; the first one that is true says where to go.'),
    text('Default', 'The state to go on with when no rule is true.'),
    ...IN_OUT,
    OUTPUT,
    ASSIGN,
    LANGUAGE,
  ],
  Wait: [
    ...orPath(value('Seconds', 'How long it waits.')),
    ...orPath(text('Timestamp', 'The moment it waits for, like 2030-01-01T00:00:00Z.')),
    ...IN_OUT,
    OUTPUT,
    ASSIGN,
    ...FLOW,
    LANGUAGE,
  ],
  Succeed: [...IN_OUT, OUTPUT, LANGUAGE],
  Fail: [...orPath(text('Error', 'The name of the error.')), ...orPath(text('Cause', 'The error in words.')), LANGUAGE],
  Parallel: [list('Branches', 'What runs side by side; each has states of its own.'), ARGUMENTS, PARAMETERS, ...IN_OUT, ...RESULT, OUTPUT, ASSIGN, ...CARE, ...FLOW, LANGUAGE],
  Map: [
    object('ItemProcessor', 'The states that each item goes through.'),
    value('Items', 'The items: an array, or an object whose members they are.', JSONATA),
    text('ItemsPath', 'Where in the input the items are.', PATH),
    value('ItemSelector', 'What an iteration begins with, instead of the item.'),
    ...orPath(value('MaxConcurrency', 'Iterations that run at once; 0 is as many as there are.')),
    object('ItemReader', 'Reads the items from S3. Of a Distributed Map.'),
    object('ItemBatcher', 'Gives several items to one iteration. Of a Distributed Map.'),
    object('ResultWriter', 'Writes the results to S3. Of a Distributed Map.'),
    ...orPath(value('ToleratedFailureCount', 'Items that may fail. Of a Distributed Map.')),
    ...orPath(value('ToleratedFailurePercentage', 'Percent of the items that may fail. Of a Distributed Map.')),
    text('Label', 'Names its Map Runs. Of a Distributed Map.'),
    ...IN_OUT,
    ...RESULT,
    OUTPUT,
    ASSIGN,
    ...CARE,
    ...FLOW,
    LANGUAGE,
  ],
};

const OPERATORS = ['Equals', 'LessThan', 'GreaterThan', 'LessThanEquals', 'GreaterThanEquals'];
const OPERATOR_WORDS: Readonly<Record<string, string>> = {
  Equals: 'equal to',
  LessThan: 'less than',
  GreaterThan: 'greater than',
  LessThanEquals: 'at most',
  GreaterThanEquals: 'at least',
};

function comparisons(): Field[] {
  const compared = ['String', 'Numeric', 'Timestamp'].flatMap((type) =>
    OPERATORS.map((operator) => [type, operator] as const),
  );
  const fields = [...compared, ['Boolean', 'Equals'] as const].flatMap(([type, operator]) => {
    const words = `True if it is a ${type.toLowerCase()} ${OPERATOR_WORDS[operator]} this.`;
    return [
      field(type === 'String' || type === 'Timestamp' ? 'text' : 'value')(`${type}${operator}`, words, PATH),
      text(`${type}${operator}Path`, words.replace('this', 'what stands there'), PATH),
    ];
  });
  const is = ['Null', 'Present', 'Numeric', 'String', 'Boolean', 'Timestamp'].map((what) =>
    flag(`Is${what}`, what === 'Present' ? 'Whether it is there at all.' : `Whether it is ${what === 'Null' ? 'null' : `a ${what.toLowerCase()}`}.`, PATH),
  );
  return [...fields, text('StringMatches', 'A pattern in which * stands for anything.', PATH), ...is];
}

const CONDITION = [
  text('Variable', 'What is compared: a path.', PATH),
  ...comparisons(),
  list('And', 'True if all of these are.', PATH),
  list('Or', 'True if one of these is.', PATH),
  object('Not', 'True if this is not.', PATH),
];

const SHAPES: Readonly<Record<Exclude<Shape, 'state'>, readonly Field[]>> = {
  states: [],
  machine: [
    COMMENT,
    LANGUAGE,
    START_AT,
    STATES,
    value('TimeoutSeconds', 'Seconds after which an execution ends as timed out.'),
    text('Version', 'Of the language: 1.0.', { values: ['1.0'] }),
  ],
  branch: [COMMENT, LANGUAGE, START_AT, STATES],
  processor: [object('ProcessorConfig', 'Whether it is inline or distributed.'), COMMENT, LANGUAGE, START_AT, STATES],
  'processor-config': [
    text('Mode', 'INLINE runs in this execution; DISTRIBUTED runs each item as an execution of its own.', { values: ['INLINE', 'DISTRIBUTED'] }),
    text('ExecutionType', 'Of the executions of a Distributed Map.', { values: ['STANDARD', 'EXPRESS'] }),
  ],
  rule: [text('Condition', 'An expression; the rule is taken if it is true.', JSONATA), NEXT, ...CONDITION, OUTPUT, ASSIGN, COMMENT],
  condition: CONDITION,
  retrier: [
    ERROR_EQUALS,
    value('IntervalSeconds', 'Seconds before the first new attempt; 1 if not given.'),
    value('MaxAttempts', 'New attempts at most; 3 if not given.'),
    value('BackoffRate', 'What each pause is multiplied by for the next one; 2 if not given.'),
    value('MaxDelaySeconds', 'No pause is longer than this.'),
    text('JitterStrategy', 'FULL draws each pause between nothing and its length.', { values: ['FULL', 'NONE'] }),
    COMMENT,
  ],
  catcher: [ERROR_EQUALS, NEXT, RESULT_PATH, OUTPUT, ASSIGN, COMMENT],
  reader: [RESOURCE, ARGUMENTS, PARAMETERS, object('ReaderConfig', 'How what is read is to be understood.')],
  'reader-config': [
    text('InputType', 'What is read.', { values: ['CSV', 'JSON', 'JSONL', 'PARQUET', 'MANIFEST'] }),
    text('Transformation', 'LOAD_AND_FLATTEN reads the items in the listed objects.', { values: ['NONE', 'LOAD_AND_FLATTEN'] }),
    text('ManifestType', 'Who wrote the manifest.', { values: ['ATHENA_DATA', 'S3_INVENTORY'] }),
    text('CSVDelimiter', 'What stands between values.', { values: ['COMMA', 'PIPE', 'SEMICOLON', 'SPACE', 'TAB'] }),
    text('CSVHeaderLocation', 'Where the names of the columns are.', { values: ['FIRST_ROW', 'GIVEN'] }),
    list('CSVHeaders', 'The names of the columns.'),
    text('ItemsPointer', 'Where in the JSON the items are: a JSON pointer.'),
    ...orPath(value('MaxItems', 'Items that are read at most.')),
  ],
  batcher: [
    ...orPath(value('MaxItemsPerBatch', 'Items of one batch at most.')),
    ...orPath(value('MaxInputBytesPerBatch', 'Bytes of one batch at most.')),
    object('BatchInput', 'What each batch is given beside its items.'),
  ],
  writer: [RESOURCE, ARGUMENTS, PARAMETERS, object('WriterConfig', 'How the results are written.')],
  'writer-config': [
    text('OutputType', 'JSON is one document, JSONL a line for each result.', { values: ['JSON', 'JSONL'] }),
    text('Transformation', 'COMPACT writes outputs alone, FLATTEN the members of arrays.', { values: ['NONE', 'COMPACT', 'FLATTEN'] }),
  ],
  credentials: [text('RoleArn', 'The role that the call is made as.')],
};

const INSIDE: Readonly<Record<string, Shape>> = {
  States: 'states',
  Branches: 'branch',
  ItemProcessor: 'processor',
  Iterator: 'processor',
  ProcessorConfig: 'processor-config',
  Choices: 'rule',
  And: 'condition',
  Or: 'condition',
  Not: 'condition',
  Retry: 'retrier',
  Catch: 'catcher',
  ItemReader: 'reader',
  ReaderConfig: 'reader-config',
  ItemBatcher: 'batcher',
  ResultWriter: 'writer',
  WriterConfig: 'writer-config',
  Credentials: 'credentials',
};

/** The shape of what a field holds, and of a list that of its items; undefined where it is data of the user's. */
export function shapeInside(shape: Shape | undefined, key: string): Shape | undefined {
  if (shape === undefined) return undefined;
  return shape === 'states' ? 'state' : INSIDE[key];
}

/** The fields of a shape; of a state whose type is not known yet, those that begin it. */
export function fieldsOf(shape: Shape, type: string | undefined, language: Language): readonly Field[] {
  const known = STATE_TYPES.find((candidate) => candidate === type);
  const fields = shape !== 'state' ? SHAPES[shape] : [TYPE, ...(known === undefined ? [] : BY_TYPE[known]), COMMENT];
  return fields.filter((one) => one.language === undefined || one.language === language);
}
