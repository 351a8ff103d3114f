/** Asks for an access key where the server wants one. What is typed stays in the browser: it signs, and is not sent. */
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { tryKeys } from '../api/operations.ts';
import { signIn } from '../api/session.ts';
import { canSign } from '../api/sign.ts';
import type { Keys } from '../api/sign.ts';
import { queries } from '../app/query.ts';
import { Alert, Button, Checkbox, Container, FormField, Input, SpaceBetween } from '../ui/cloudscape.ts';
import { Refusal } from '../ui/failure.tsx';
import { PageHeader } from '../ui/page-header.tsx';

interface SignInPageProps {
  /** Why keys that were good before are asked for again. */
  reason: string | undefined;
}

const DEFAULT_REGION = 'us-east-1';

export function SignInPage({ reason }: SignInPageProps) {
  const [id, setId] = useState('');
  const [secret, setSecret] = useState('');
  const [token, setToken] = useState('');
  const [region, setRegion] = useState(DEFAULT_REGION);
  const [stays, setStays] = useState(false);
  const keys: Keys = { id: id.trim(), secret: secret.trim(), region: region.trim(), ...(token.trim() === '' ? {} : { token: token.trim() }) };
  const enter = useMutation({
    mutationFn: () => tryKeys(keys),
    onSuccess: () => {
      // What another key was shown is nothing for this one.
      queries.clear();
      signIn(keys, stays);
    },
  });
  const isReady = canSign() && keys.id !== '' && keys.secret !== '' && keys.region !== '';
  return (
    <div className="sign-in">
      <PageHeader title="Sign in" description="This server answers who signs with one of its access keys." />
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (isReady) enter.mutate();
        }}
      >
        <SpaceBetween size="m">
          {!canSign() && (
            <Alert type="warning" header="This page cannot sign">
              Browsers sign only on pages that came by TLS or from the machine itself. Open the console with https, or through localhost.
            </Alert>
          )}
          {reason !== undefined && !enter.isError && <Alert type="info">{reason}</Alert>}
          <Refusal header="The server does not take this key" error={enter.error} />
          <Container>
            <SpaceBetween size="m">
              <FormField label="Access key id">
                <Input value={id} ariaLabel="Access key id" autoFocus autoComplete="username" onChange={({ detail }) => setId(detail.value)} />
              </FormField>
              <FormField label="Secret access key" description="It signs in this browser and is never sent.">
                <Input value={secret} ariaLabel="Secret access key" type="password" autoComplete="current-password" onChange={({ detail }) => setSecret(detail.value)} />
              </FormField>
              <FormField label="Session token" description="Only of temporary keys.">
                <Input value={token} ariaLabel="Session token" autoComplete={false} onChange={({ detail }) => setToken(detail.value)} />
              </FormField>
              <FormField label="Region" description="Each region has its own state machines.">
                <Input value={region} ariaLabel="Region" autoComplete={false} onChange={({ detail }) => setRegion(detail.value)} />
              </FormField>
              <Checkbox checked={stays} onChange={({ detail }) => setStays(detail.checked)}>
                Remember it until this tab is closed
              </Checkbox>
              <Button variant="primary" formAction="submit" disabled={!isReady} loading={enter.isPending}>
                Sign in
              </Button>
            </SpaceBetween>
          </Container>
        </SpaceBetween>
      </form>
    </div>
  );
}
