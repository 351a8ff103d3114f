/** The keys that mean something everywhere. */
import { Modal } from '../ui/cloudscape.ts';
import { KEY_WORDS } from './keys.ts';

export function KeyList({ onClose }: { onClose: () => void }) {
  return (
    <Modal visible header="Keys" closeAriaLabel="Close" onDismiss={onClose}>
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
    </Modal>
  );
}
