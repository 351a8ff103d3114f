/** What is around every page: the bar at the top, the way to the other pages, notices. */
import { Link, Outlet, useRouterState } from '@tanstack/react-router';
import { Suspense, useState } from 'react';
import { AppLayout, Flashbar, SideNavigation, Spinner } from '../ui/cloudscape.ts';
import { useGo } from '../ui/page-link.tsx';
import { KeyList } from './key-list.tsx';
import { useKeys } from './keys.ts';
import { useNotices } from './notices.tsx';
import { Palette } from './palette.tsx';
import { paths } from './paths.ts';
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
  return (
    <>
      <header id="top">
        <Link to="/" className="brand">
          <img src={`${import.meta.env.BASE_URL}favicon.svg`} alt="" width={28} height={28} />
          Stairway
        </Link>
        <div className="top-tools">
          <button type="button" className="theme find" onClick={() => setDialog('palette')}>
            Go to … <kbd>Ctrl K</kbd>
          </button>
          <button type="button" className="theme" onClick={toggle}>
            {theme === 'dark' ? 'Light mode' : 'Dark mode'}
          </button>
        </div>
      </header>
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
        notifications={<Flashbar items={items} />}
        content={
          <Suspense fallback={<Spinner size="large" />}>
            <Outlet />
          </Suspense>
        }
      />
    </>
  );
}
