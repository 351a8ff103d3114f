/** What is around every page: the bar at the top, the way to the other pages, notices. */
import { Link, Outlet, useRouterState } from '@tanstack/react-router';
import { Suspense, useState } from 'react';
import { useIsPlain } from '../api/extras.ts';
import { signOut, useSession } from '../api/session.ts';
import { SignInPage } from '../pages/sign-in.tsx';
import { AppLayout, Flashbar, SideNavigation } from '../ui/cloudscape.ts';
import type { FlashbarProps } from '../ui/cloudscape.ts';
import { Waiting } from '../ui/failure.tsx';
import { useGo } from '../ui/page-link.tsx';
import { KeyList } from './key-list.tsx';
import { useKeys } from './keys.ts';
import { useNotices } from './notices.tsx';
import { Palette } from './palette.tsx';
import { paths } from './paths.ts';
import { queries } from './query.ts';
import { useTheme } from './theme.ts';

const SECTIONS = [
  { type: 'link', text: 'Overview', href: paths.overview() },
  { type: 'link', text: 'State machines', href: paths.machines() },
  { type: 'link', text: 'Executions', href: paths.executions() },
  { type: 'link', text: 'Activities', href: paths.activities() },
  { type: 'divider' },
  { type: 'link', text: 'Test a state', href: paths.testState() },
  { type: 'link', text: 'Open a run', href: paths.open() },
  { type: 'link', text: 'Samples', href: paths.samples() },
] as const;

/** Why somebody is asked again who was let in before. */
const REASONS: Readonly<Record<string, string>> = {
  SignedOut: 'You are signed out.',
  ExpiredTokenException: 'The key has ended.',
  InvalidSignatureException: 'The server does not take the key any more.',
  UnrecognizedClientException: 'The server does not take the key any more.',
};

const PLAIN: FlashbarProps.MessageDefinition = {
  id: 'plain',
  type: 'info',
  content:
    'Only AWS’s operations are answered here, not what is under /console/api/: lists and counts are of the newest executions of each state machine, and of Standard ones alone.',
};

export function Shell() {
  const go = useGo();
  const [theme, toggle] = useTheme();
  const { items } = useNotices();
  const [isOpen, setOpen] = useState(() => window.innerWidth >= 1280);
  const path = useRouterState({ select: (state) => state.location.pathname });
  const address = `/console${path.replace(/^\/console/, '')}`;
  const isIn = (href: string) => (href === paths.overview() ? address === href : address.startsWith(href));
  const section = SECTIONS.find((item) => item.type === 'link' && isIn(item.href));
  const [dialog, setDialog] = useState<'palette' | 'keys' | undefined>(undefined);
  const close = () => setDialog(undefined);
  const { keys, refusal } = useSession();
  const isPlain = useIsPlain();
  const leave = () => {
    signOut();
    queries.clear();
  };
  const asksForKeys = keys === undefined && refusal !== undefined;
  useKeys({
    'ctrl k': () => setDialog('palette'),
    '?': () => setDialog('keys'),
    'g o': () => go(paths.overview()),
    'g m': () => go(paths.machines()),
    'g e': () => go(paths.executions()),
    'g a': () => go(paths.activities()),
    'g t': () => go(paths.testState()),
    'g s': () => go(paths.samples()),
  });
  const top = (
    <header id="top">
      <Link to="/" className="brand">
        <img src={`${import.meta.env.BASE_URL}favicon.svg`} alt="" width={28} height={28} />
        Stairway
      </Link>
      <div className="top-tools">
        {!asksForKeys && (
          <button type="button" className="theme find" onClick={() => setDialog('palette')}>
            Go to … <kbd>Ctrl K</kbd>
          </button>
        )}
        <button type="button" className="theme" onClick={toggle}>
          {theme === 'dark' ? 'Light mode' : 'Dark mode'}
        </button>
        {keys !== undefined && (
          <button type="button" className="theme" title={`${keys.id}, ${keys.region}`} onClick={leave}>
            Sign out
          </button>
        )}
      </div>
    </header>
  );
  if (asksForKeys) {
    return (
      <>
        {top}
        <AppLayout headerSelector="#top" toolsHide navigationHide content={<SignInPage reason={REASONS[refusal.code]} />} />
      </>
    );
  }
  return (
    <>
      {top}
      {dialog === 'palette' && <Palette onTheme={toggle} onKeys={() => setDialog('keys')} onClose={close} />}
      {dialog === 'keys' && <KeyList onClose={close} />}
      <AppLayout
        headerSelector="#top"
        toolsHide
        navigationOpen={isOpen}
        onNavigationChange={({ detail }) => setOpen(detail.open)}
        navigationWidth={220}
        ariaLabels={{ navigation: 'Pages', navigationToggle: 'Show pages', navigationClose: 'Hide pages', notifications: 'Notices' }}
        navigation={
          <SideNavigation
            {...(section?.type === 'link' ? { activeHref: section.href } : {})}
            items={[...SECTIONS]}
            onFollow={(event) => {
              event.preventDefault();
              go(event.detail.href);
            }}
          />
        }
        notifications={<Flashbar items={isPlain ? [PLAIN, ...items] : items} />}
        content={
          <Suspense fallback={<Waiting what="the page" />}>
            <Outlet />
          </Suspense>
        }
      />
    </>
  );
}
