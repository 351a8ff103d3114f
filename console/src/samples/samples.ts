/** Definitions to begin with. All of them run on a fresh server, with nothing beside it. */
import countdown from './definitions/countdown.asl.json?raw';
import flakyService from './definitions/flaky-service.asl.json?raw';
import hello from './definitions/hello.asl.json?raw';
import invoiceMap from './definitions/invoice-map.asl.json?raw';
import supportTicket from './definitions/support-ticket.asl.json?raw';
import tripSaga from './definitions/trip-saga.asl.json?raw';

export interface Sample {
  name: string;
  title: string;
  about: string;
  definition: string;
  input: object;
}

export const SAMPLES: readonly Sample[] = [
  {
    name: 'hello',
    title: 'Hello',
    about: 'Says hello, waits a second, is done. Three states, one JSONata expression.',
    definition: hello,
    input: { name: 'world' },
  },
  {
    name: 'support-ticket',
    title: 'Support ticket',
    about: 'A Choice with three ways and a Wait on one of them, in JSONPath.',
    definition: supportTicket,
    input: { ticket: 4711, priority: 2 },
  },
  {
    name: 'trip-saga',
    title: 'Trip saga',
    about: 'Two bookings in parallel. The hotel is full: the error is caught and the flight is undone.',
    definition: tripSaga,
    input: { destination: 'Lisbon', rooms: 0 },
  },
  {
    name: 'invoice-map',
    title: 'Invoice lines',
    about: 'A Map over the lines of an invoice, each on its own way, added up at the end.',
    definition: invoiceMap,
    input: {
      lines: [
        { article: 'paper', quantity: 12, price: 4.5 },
        { article: 'pencils', quantity: 3, price: 2 },
        { article: 'ink', quantity: 1, price: 18.9 },
        { article: 'stamps', quantity: 50, price: 0.95 },
      ],
    },
  },
  {
    name: 'flaky-service',
    title: 'Flaky service',
    about: 'Something that fails two times in three is tried again with growing pauses, then given up.',
    definition: flakyService,
    input: { unavailable: 0.66 },
  },
  {
    name: 'countdown',
    title: 'Countdown',
    about: 'A loop around a variable: three, two, one, lift-off.',
    definition: countdown,
    input: { from: 3 },
  },
];

/** The role that a sample names; nothing it does needs one. */
export function roleIn(account: string): string {
  return `arn:aws:iam::${account}:role/stairway`;
}
