/**
 * What there is to be looked at: every page, dialog and condition that a page can be in, by name.
 *
 * A scene is an address, what is done there before it is looked at (`act`), and what the network does
 * meanwhile (`silent`, `refusing`: a part of the addresses that are not answered, or with a failure).
 * `node e2e/run.mjs "every scene"` takes a picture of each, in both themes and two widths, into `e2e/out`.
 */
import { readFileSync } from 'node:fs';
import { ended, executionPath, machine, machinePath, type } from './world.mjs';

const sample = (name) => readFileSync(new URL(`../src/samples/definitions/${name}.asl.json`, import.meta.url), 'utf8');

const BROKEN = JSON.stringify(
  {
    Comment: 'A mistake is told while it is made',
    StartAt: 'Receive',
    States: {
      Receive: { Type: 'Pass', Next: 'Check' },
      Check: { Type: 'Choice', Choices: [{ Variable: '$.total', NumericGreaterThan: 100, Next: 'Approve' }], Default: 'Ship' },
      Approve: { Type: 'Wait', Seconds: 60, Next: 'Shipp' },
      Ship: { Type: 'Succeed' },
    },
  },
  null,
  2,
);

/** Presses a button and waits for the dialog that it opens. */
const opens = (button, then = async () => undefined) => async (page) => {
  await page.getByRole('button', { name: button, exact: true }).first().click();
  await page.getByRole('dialog').waitFor();
  await then(page, page.getByRole('dialog'));
};

const selects = (row, then) => async (page) => {
  await page.getByRole('radio', { name: row }).check({ force: true });
  await then(page);
};

const edited = async (page) => {
  await type(page, 'Definition', BROKEN);
  await page.locator('.finding').first().waitFor();
};

const choosesFromMenu = (menu, item) => async (page) => {
  await page.getByRole('button', { name: menu, exact: true }).click();
  await page.getByRole('menuitem', { name: item }).click();
  await page.getByRole('dialog').waitFor();
};

/** Of a server in use: makes what the scenes show, and gives them. */
export async function scenesOf(server) {
  const { activityArn } = await server.call('CreateActivity', { name: 'pack-parcel' });
  const trip = await machine(server, 'looks-trip', sample('trip-saga'));
  const flaky = await machine(server, 'looks-flaky', sample('flaky-service'));
  const invoice = await machine(server, 'looks-invoice', sample('invoice-map'));
  const packing = await machine(server, 'looks-packing', { StartAt: 'Pack', States: { Pack: { Type: 'Task', Resource: activityArn, End: true } } });
  const express = await machine(server, 'looks-express', { StartAt: 'Greet', States: { Greet: { Type: 'Pass', Result: { greeting: 'hello' }, End: true } } }, 'EXPRESS');
  const failed = await ended(server, trip, { destination: 'Rome', rooms: 0 });
  const retried = await ended(server, flaky, { unavailable: 1 });
  const mapped = await ended(server, invoice, { lines: [{ article: 'a', quantity: 12, price: 3 }, { article: 'b', quantity: 1, price: 9.5 }] });
  const running = (await server.call('StartExecution', { stateMachineArn: packing })).executionArn;
  const stopped = (await server.call('StartExecution', { stateMachineArn: packing })).executionArn;
  await server.call('StopExecution', { executionArn: stopped });
  await server.call('PublishStateMachineVersion', { stateMachineArn: trip });
  await server.call('UpdateStateMachine', { stateMachineArn: trip, definition: sample('trip-saga').replace('}', ' }'), publish: true });
  const routingConfiguration = [70, 30].map((weight, index) => ({ stateMachineVersionArn: `${trip}:${index + 1}`, weight }));
  await server.call('CreateStateMachineAlias', { name: 'PROD', description: 'What customers get', routingConfiguration });
  await server.call('TagResource', { resourceArn: trip, tags: [{ key: 'team', value: 'travel' }, { key: 'stage', value: 'test' }] });
  const bench = `/console/test-state?machine=${encodeURIComponent(trip)}&state=RoomLeft`;
  return {
    overview: { path: '/console/' },
    'overview-loading': { path: '/console/', silent: '**/console/api/overview**' },
    executions: { path: '/console/executions?status=FAILED&since=1h' },
    'executions-all': { path: '/console/executions' },
    'executions-none': { path: '/console/executions?name=nothing-has-this-name&from=2026-01-01T00:00' },
    'executions-loading': { path: '/console/executions', silent: '**/console/api/executions**' },
    'executions-stop': { path: '/console/executions', act: choosesFromMenu('Stop', 'Stop all that run') },
    machines: { path: '/console/machines' },
    'machines-selected': { path: '/console/machines', act: selects('Select looks-trip', async () => undefined) },
    'machines-none': { path: '/console/machines', act: (page) => page.getByPlaceholder('Find by name').fill('nothing-has-this-name') },
    'machines-delete': { path: '/console/machines', act: selects('Select looks-trip', opens('Delete')) },
    'machines-loading': { path: '/console/machines', silent: '**/', },
    'machines-failed': { path: '/console/machines', refusing: '**/' },
    palette: {
      path: '/console/machines',
      act: async (page) => {
        await page.keyboard.press('Control+k');
        await page.getByRole('option').first().waitFor();
      },
    },
    samples: { path: '/console/samples' },
    activities: { path: '/console/activities' },
    'activities-create': { path: '/console/activities', act: opens('Create activity') },
    'activities-delete': { path: '/console/activities', act: selects('Select pack-parcel', opens('Delete')) },
    keys: {
      path: '/console/activities',
      act: async (page) => {
        await page.getByRole('radio').first().waitFor();
        await page.keyboard.press('?');
        await page.getByRole('dialog', { name: 'Keys' }).waitFor();
      },
    },
    'machine-executions': { path: machinePath(trip) },
    'machine-executions-none': { path: machinePath(express) },
    'machine-start': {
      path: machinePath(trip),
      act: opens('Start execution', (page) => page.getByRole('textbox', { name: 'Input' }).waitFor()),
    },
    'machine-start-mistake': {
      path: machinePath(trip),
      act: opens('Start execution', async (page) => {
        await type(page, 'Input', '{"rooms": ');
        await page.getByText(/^Unexpected end/).waitFor();
      }),
    },
    'machine-start-express': {
      path: machinePath(express),
      act: opens('Start execution', async (page, dialog) => {
        await dialog.getByRole('button', { name: 'Start and wait' }).click();
        await dialog.getByText('See what it did').waitFor();
      }),
    },
    'machine-delete': { path: machinePath(trip), act: opens('Delete') },
    'machine-definition': { path: machinePath(trip, '?tab=definition') },
    'machine-versions': { path: machinePath(trip, '?tab=versions') },
    'machine-versions-none': { path: machinePath(flaky, '?tab=versions') },
    'machine-versions-publish': { path: machinePath(trip, '?tab=versions'), act: opens('Publish version') },
    'machine-versions-compare': {
      path: machinePath(trip, '?tab=versions'),
      act: selects('Select version 1', opens('Compare', (page) => page.getByRole('region', { name: 'What changed since' }).waitFor())),
    },
    'machine-aliases': { path: machinePath(trip, '?tab=aliases') },
    'machine-aliases-none': { path: machinePath(flaky, '?tab=aliases') },
    'machine-aliases-create': { path: machinePath(trip, '?tab=aliases'), act: opens('Create alias') },
    'machine-aliases-edit': {
      path: machinePath(trip, '?tab=aliases'),
      act: async (page) => {
        await page.getByRole('radio', { name: 'Select PROD' }).check({ force: true });
        await page.getByRole('tabpanel').getByRole('button', { name: 'Edit' }).click();
        await page.getByRole('dialog').waitFor();
      },
    },
    'machine-details': { path: machinePath(trip, '?tab=details') },
    'machine-details-tags': { path: machinePath(trip, '?tab=details'), act: opens('Edit tags') },
    'machine-details-logging': { path: machinePath(trip, '?tab=details'), act: opens('Edit logging') },
    'machine-missing': { path: machinePath(`${trip}-gone`) },
    'machine-new': { path: '/console/machines/new' },
    'machine-new-refused': {
      path: '/console/machines/new',
      act: async (page) => {
        await page.getByRole('textbox', { name: 'Name' }).fill('looks trip?');
        await page.getByRole('button', { name: 'Create', exact: true }).click();
        await page.getByText('The state machine was not created').waitFor();
      },
    },
    'machine-edit': { path: machinePath(flaky, '/edit') },
    'machine-edit-broken': { path: machinePath(flaky, '/edit'), act: edited },
    'machine-edit-completing': {
      path: machinePath(flaky, '/edit'),
      act: async (page) => {
        await type(page, 'Definition', '{\n  "StartAt": "Check",\n  "States": {\n    "Check": {\n      "Type": "Choice",\n      "');
        await page.keyboard.press('Control+Space');
        await page.getByRole('option').first().waitFor();
      },
    },
    'machine-edit-save': {
      path: machinePath(flaky, '/edit'),
      act: async (page) => {
        await edited(page);
        await opens('Save')(page);
      },
    },
    'test-state': { path: bench },
    'test-state-tested': {
      path: bench,
      act: async (page) => {
        await type(page, 'Input', '{"rooms": 2}');
        await page.getByRole('button', { name: 'Test state' }).click();
        await page.getByText('goes on with').waitFor();
      },
    },
    open: { path: '/console/open' },
    missing: { path: '/console/nowhere' },
    'execution-graph': { path: executionPath(failed, '?state=BookTrip') },
    'execution-plain': { path: executionPath(retried) },
    'execution-table': { path: executionPath(retried, '?view=table&state=CallService') },
    'execution-timeline': { path: executionPath(retried, '?view=timeline') },
    'execution-timeline-failed': { path: executionPath(failed, '?view=timeline&state=BookTrip') },
    'execution-events': { path: executionPath(mapped, '?view=events&state=EachLine') },
    'execution-then': { path: executionPath(mapped, '?t=9') },
    'execution-running': { path: executionPath(running) },
    'execution-stopped': { path: executionPath(stopped) },
    'execution-stop': { path: executionPath(running), act: opens('Stop') },
    'execution-again': {
      path: executionPath(failed),
      act: opens('New execution', (page) => page.getByRole('textbox', { name: 'Input' }).waitFor()),
    },
    'execution-missing': { path: executionPath(`${failed}-gone`) },
    'execution-loading': { path: executionPath(failed), silent: '**/console/api/history**' },
  };
}

/** Of a server that holds nothing. */
export const EMPTY_SCENES = {
  'empty-overview': { path: '/console/' },
  'empty-machines': { path: '/console/machines' },
  'empty-executions': { path: '/console/executions' },
  'empty-activities': { path: '/console/activities' },
};
