/** Times, durations, sizes and ARNs as people read them. */

const MOMENT = new Intl.DateTimeFormat(undefined, {
  year: 'numeric',
  month: 'short',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hour12: false,
});

/** `seconds` since 1970, with milliseconds where they matter. */
export function moment(seconds: number | undefined): string {
  return seconds === undefined ? '–' : MOMENT.format(seconds * 1000);
}

export function preciseMoment(seconds: number): string {
  const milliseconds = Math.round((seconds % 1) * 1000);
  return `${MOMENT.format(seconds * 1000)}.${String(milliseconds).padStart(3, '0')}`;
}

export function duration(seconds: number | undefined): string {
  if (seconds === undefined || Number.isNaN(seconds)) return '–';
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 10) return `${seconds.toFixed(2)} s`;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  const [days, hours, minutes] = [Math.floor(whole / 86400), Math.floor(whole / 3600) % 24, Math.floor(whole / 60) % 60];
  const parts = [`${days} d`, `${hours} h`, `${minutes} min`, `${whole % 60} s`];
  const first = days > 0 ? 0 : hours > 0 ? 1 : 2;
  return parts.slice(first, first + 2).join(' ');
}

/** The last part of an ARN: a name. */
export function nameOf(arn: string): string {
  return arn.split(':').at(-1) ?? arn;
}

/** JSON laid out; what is no JSON stays as it is. */
export function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

export function words(value: string): string {
  return value.replaceAll('_', ' ').toLowerCase().replace(/^./, (letter) => letter.toUpperCase());
}
