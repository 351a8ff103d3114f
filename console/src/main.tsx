/** Where the console begins in a browser. */
import '@cloudscape-design/global-styles/index.css';
import './app/console.css';
import './app/pages.css';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import enMessages from '@cloudscape-design/components/i18n/messages/all.en';
import { NoticesProvider } from './app/notices.tsx';
import { queries } from './app/query.ts';
import { router } from './app/router.tsx';
import { I18nProvider } from './ui/cloudscape.ts';

const root = document.getElementById('root');
if (root === null) throw new Error('the page has no place for the console');

createRoot(root).render(
  <StrictMode>
    <I18nProvider locale="en" messages={[enMessages]}>
      <QueryClientProvider client={queries}>
        <NoticesProvider>
          <RouterProvider router={router} />
        </NoticesProvider>
      </QueryClientProvider>
    </I18nProvider>
  </StrictMode>,
);
