/**
 * A browser with an empty profile, and pages that are watched: errors on the console, errors of scripts and
 * requests to anywhere but the server fail the test in which they happen.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** Debian's package, installed when no browser is there. */
function executable() {
  const named = process.env['CHROMIUM'];
  const found = named ?? PLACES.find((place) => existsSync(place));
  if (found !== undefined) return found;
  process.stdout.write('there is no chromium; installing it with apt-get\n');
  const sudo = process.getuid?.() === 0 ? [] : ['sudo', '--non-interactive'];
  for (const step of [['update', '--quiet'], ['install', '--yes', '--quiet', 'chromium', 'fonts-dejavu-core']]) {
    const [program, ...parts] = [...sudo, 'apt-get', ...step];
    execFileSync(program, parts, { stdio: 'inherit', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } });
  }
  return PLACES[0];
}

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export async function openBrowser(origin, { colorScheme = 'light', viewport = { width: 1440, height: 900 } } = {}) {
  const profile = mkdtempSync(join(tmpdir(), 'stairway-browser-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: executable(),
    headless: true,
    args: FLAGS,
    colorScheme,
    // Dialogs are there at once, and not half of them in a picture.
    reducedMotion: 'reduce',
    viewport,
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  context.setDefaultTimeout(15_000);
  const complaints = [];
  const page = context.pages()[0] ?? (await context.newPage());
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => complaints.push(`script: ${error.message}`));
  page.on('dialog', (dialog) => {
    // What a test leaves unsaved may go; every other dialog is somebody's payload.
    if (dialog.type() !== 'beforeunload') complaints.push(`dialog: ${dialog.message()}`);
    void dialog.accept();
  });
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (url.origin !== origin && !['data:', 'blob:'].includes(url.protocol)) complaints.push(`left the origin: ${url.href}`);
  });
  return {
    page,
    /** What went wrong since the last question; refusals of the server are expected where a test says so. */
    takeComplaints: (expectsRefusals) =>
      complaints
        .splice(0)
        .filter((complaint) => !(expectsRefusals && complaint.includes('the server responded with a status of 4'))),
    close: async () => {
      await context.close();
      rmSync(profile, { recursive: true, force: true });
    },
  };
}
