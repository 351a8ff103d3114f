/** What is around every page: the bar at the top, the way to the other pages, notices. */
import { Link, Outlet, useRouterState } from '@tanstack/react-router';
import { Suspense, useState } from 'react';
import { AppLayout, Flashbar, SideNavigation, Spinner } from '../ui/cloudscape.ts';
import { useGo } from '../ui/page-link.tsx';
import { useNotices } from './notices.tsx';
import { paths } from './paths.ts';
import { useTheme } from './theme.ts';

const SECTIONS = [
  { type: 'link', text: 'State machines', href: paths.machines() },
  { type: 'link', text: 'Activities', href: paths.activities() },
  { type: 'divider' },
  { type: 'link', text: 'Samples', href: paths.samples() },
] as const;

export function Shell() {
  const go = useGo();
  const [theme, toggle] = useTheme();
  const { items } = useNotices();
  const [isOpen, setOpen] = useState(() => window.innerWidth >= 1280);
  const path = useRouterState({ select: (state) => state.location.pathname });
  const section = SECTIONS.find((item) => item.type === 'link' && `/console${path.replace(/^\/console/, '')}`.startsWith(item.href));
  return (
    <>
      <header id="top">
        <Link to="/machines" className="brand">
          <img src={`${import.meta.env.BASE_URL}favicon.svg`} alt="" width={28} height={28} />
          Stairway
        </Link>
        <button type="button" className="theme" onClick={toggle}>
          {theme === 'dark' ? 'Light mode' : 'Dark mode'}
        </button>
      </header>
      <AppLayout
        headerSelector="#top"
        toolsHide
        navigationOpen={isOpen}
        onNavigationChange={({ detail }) => setOpen(detail.open)}
        navigationWidth={220}
        ariaLabels={{ navigation: 'Pages', navigationToggle: 'Show pages', navigationClose: 'Hide pages', notifications: 'Notices' }}
        navigation={
          <SideNavigation
            activeHref={section?.type === 'link' ? section.href : paths.machines()}
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
