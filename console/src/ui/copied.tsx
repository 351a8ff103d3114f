/** A text, and a button that copies it: the text itself, or what is shown in its place. */
import { CopyToClipboard } from './cloudscape.ts';

interface CopiedProps {
  text: string;
  /** `the ARN of orders`: what the button says it copies. */
  what: string;
  shown?: string;
  /** Nothing but the button. */
  isIcon?: boolean;
}

export function Copied({ text, what, shown, isIcon = false }: CopiedProps) {
  return (
    <CopyToClipboard
      variant={isIcon ? 'icon' : 'inline'}
      textToCopy={text}
      {...(shown === undefined ? {} : { textToDisplay: shown })}
      copyButtonAriaLabel={`Copy ${what}`}
      copySuccessText="Copied"
      copyErrorText="The browser did not let it be copied"
    />
  );
}
