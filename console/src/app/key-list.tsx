/** The keys that mean something everywhere. */
import { Dialog } from '../ui/dialog.tsx';
import { KEY_WORDS } from './keys.ts';

export function KeyList({ onClose }: { onClose: () => void }) {
  return (
    <Dialog header="Keys" onClose={onClose}>
      <dl className="keys">
        {KEY_WORDS.map(([keys, words]) => (
          <div key={keys}>
            <dt>
              {keys.split(' ').filter((key) => key !== '').map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{words}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
