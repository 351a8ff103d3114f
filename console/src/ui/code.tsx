/**
 * The text editor. It lives in a shadow tree: there its styles are adopted sheets, which the content
 * policy allows, and nothing of the page leaks in.
 */
import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands';
import { json, jsonParseLinter } from '@codemirror/lang-json';
import { bracketMatching, foldGutter, foldKeymap, HighlightStyle, indentOnInput, syntaxHighlighting } from '@codemirror/language';
import { linter, lintGutter, lintKeymap } from '@codemirror/lint';
import type { Diagnostic } from '@codemirror/lint';
import { highlightSelectionMatches, searchKeymap } from '@codemirror/search';
import { EditorState, StateEffect } from '@codemirror/state';
import { drawSelection, EditorView, highlightActiveLine, hoverTooltip, keymap, lineNumbers } from '@codemirror/view';
import type { Tooltip } from '@codemirror/view';
import { tags } from '@lezer/highlight';
import { useEffect, useRef } from 'react';
import { completeDefinition, fieldAt } from '../asl/completion.ts';

export interface CodeProps {
  value: string;
  label: string;
  onChange?: ((value: string) => void) | undefined;
  /** Offers what the Amazon States Language has at each place, and says what its fields mean. */
  isDefinition?: boolean | undefined;
  /** What is to be said about places in the text. */
  marks?: readonly Mark[] | undefined;
  /** A place in the text to show and select. */
  selection?: { start: number; end: number } | undefined;
  height: string;
}

export interface Mark {
  place: { start: number; end: number } | undefined;
  severity: 'ERROR' | 'WARNING';
  code: string;
  message: string;
}

/** Marks come after the text has been still for a while: then it is looked at once more. */
const marksChanged = StateEffect.define<null>();

const COLOURS = HighlightStyle.define([
  { tag: tags.propertyName, color: 'var(--code-key)' },
  { tag: tags.string, color: 'var(--code-string)' },
  { tag: [tags.number, tags.bool, tags.null], color: 'var(--code-value)' },
  { tag: tags.punctuation, color: 'var(--code-quiet)' },
]);

const LOOK = EditorView.theme({
  '&': { height: '100%', fontSize: '13px', color: 'var(--code-text)', backgroundColor: 'var(--code-back)' },
  '.cm-scroller': { fontFamily: 'ui-monospace, SFMono-Regular, Menlo, Consolas, monospace', lineHeight: '1.5' },
  '.cm-gutters': { backgroundColor: 'var(--code-back)', color: 'var(--code-quiet)', border: 'none' },
  '.cm-content': { caretColor: 'var(--code-text)' },
  '.cm-cursor': { borderLeftColor: 'var(--code-text)' },
  '.cm-activeLine, .cm-activeLineGutter': { backgroundColor: 'var(--code-line)' },
  // The frame around it shows the focus: line numbers would cover a part of it here.
  '&.cm-focused': { outline: 'none' },
  '.cm-selectionBackground, &.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground': {
    backgroundColor: 'var(--code-selection)',
  },
  '.cm-tooltip, .cm-panels': { backgroundColor: 'var(--code-panel)', color: 'var(--code-text)', border: '1px solid var(--code-border)' },
  '.cm-tooltip-autocomplete ul li[aria-selected]': { backgroundColor: 'var(--code-selection)', color: 'var(--code-text)' },
  '.about-field': { padding: '4px 8px', maxWidth: '420px' },
  '.cm-tooltip.cm-completionInfo': { padding: '4px 8px', maxWidth: '320px' },
  '.cm-button, .cm-textfield': { backgroundImage: 'none', backgroundColor: 'var(--code-back)', color: 'var(--code-text)' },
});

export default function Code({ value, label, onChange, isDefinition, marks, selection, height }: CodeProps) {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | undefined>(undefined);
  const changed = useRef(onChange);
  useEffect(() => {
    changed.current = onChange;
  }, [onChange]);
  const isReadOnly = onChange === undefined;
  const marked = useRef<readonly Mark[]>([]);

  useEffect(() => {
    const element = host.current;
    if (element === null) return undefined;
    const root = element.shadowRoot ?? element.attachShadow({ mode: 'open' });
    const editor = new EditorView({
      parent: root,
      root,
      state: EditorState.create({ doc: '', extensions: extensions(label, isReadOnly, isDefinition ?? false, changed, marked) }),
    });
    // Whoever has no mouse scrolls it with the keyboard, also where nothing can be typed.
    editor.scrollDOM.tabIndex = 0;
    view.current = editor;
    return () => editor.destroy();
  }, [label, isReadOnly, isDefinition]);

  useEffect(() => {
    const editor = view.current;
    if (editor === undefined || editor.state.doc.toString() === value) return;
    editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: value } });
  }, [value]);

  useEffect(() => {
    marked.current = marks ?? [];
    view.current?.dispatch({ effects: marksChanged.of(null) });
  }, [marks]);

  const [start, end] = [selection?.start, selection?.end];
  useEffect(() => {
    const editor = view.current;
    if (editor === undefined || start === undefined || end === undefined || end > editor.state.doc.length) return;
    editor.dispatch({
      selection: { anchor: start, head: end },
      effects: EditorView.scrollIntoView(start, { y: 'center' }),
    });
  }, [start, end]);

  return <div ref={host} className="code" style={{ height }} />;
}

function extensions(
  label: string,
  isReadOnly: boolean,
  isDefinition: boolean,
  changed: { current: CodeProps['onChange'] },
  marked: { current: readonly Mark[] },
) {
  const parts = [
    lineNumbers(),
    foldGutter(),
    history(),
    indentOnInput(),
    bracketMatching(),
    closeBrackets(),
    highlightActiveLine(),
    // Shown also while the focus is elsewhere: a state chosen in the picture.
    drawSelection(),
    highlightSelectionMatches(),
    json(),
    syntaxHighlighting(COLOURS),
    LOOK,
    EditorView.lineWrapping,
    EditorView.contentAttributes.of({ 'aria-label': label }),
    EditorState.readOnly.of(isReadOnly),
    keymap.of([
      ...closeBracketsKeymap,
      ...defaultKeymap,
      ...searchKeymap,
      ...historyKeymap,
      ...foldKeymap,
      ...completionKeymap,
      ...lintKeymap,
      // Tab leaves the editor after Escape, as everywhere in CodeMirror.
      indentWithTab,
    ]),
    EditorView.updateListener.of((update) => {
      if (update.docChanged) changed.current?.(update.state.doc.toString());
    }),
  ];
  if (!isReadOnly) parts.push(lintGutter(), marking(marked));
  if (isDefinition) parts.push(autocompletion({ override: [completeDefinition], icons: false }), hoverTooltip(aboutField));
  return parts;
}

/** One line about the field under the pointer. */
function aboutField(view: EditorView, at: number): Tooltip | null {
  const found = fieldAt(view.state.doc.toString(), at);
  if (found === undefined) return null;
  const create = () => {
    const dom = document.createElement('div');
    dom.className = 'about-field';
    dom.textContent = found.field.words;
    return { dom };
  };
  return { pos: found.start, end: found.end, above: true, create };
}

function marking(marked: { current: readonly Mark[] }) {
  return linter((view) => [...lintJson(view), ...shown(view, marked.current)], {
    needsRefresh: ({ transactions }) => transactions.some(({ effects }) => effects.some((effect) => effect.is(marksChanged))),
  });
}

const parse = jsonParseLinter();

/** An empty text is not yet a mistake. */
function lintJson(view: EditorView) {
  return view.state.doc.toString().trim() === '' ? [] : parse(view);
}

/** Marks without a place are said elsewhere; one that reaches over many lines would colour them all. */
function shown(view: EditorView, marks: readonly Mark[]): Diagnostic[] {
  const diagnostics: Diagnostic[] = [];
  for (const { place, severity, code, message } of marks) {
    if (place === undefined || place.end > view.state.doc.length) continue;
    const to = Math.min(place.end, view.state.doc.lineAt(place.start).to);
    const level = severity === 'ERROR' ? 'error' : 'warning';
    diagnostics.push({ from: place.start, to, severity: level, source: code, message });
  }
  return diagnostics;
}
