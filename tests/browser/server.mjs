// A demo of its own: started, asked for its addresses, stopped. Units: milliseconds of real time.
import { spawn } from 'node:child_process';

/** Starts `lienwatch demo` and resolves once it has said where it listens. */
export async function startDemo({ binary, args = [] }) {
  const child = spawn(binary, ['demo', ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  const ended = new Promise((resolve) => child.once('exit', (code) => resolve(code)));
  const greeting = new Promise((resolve, reject) => {
    const deadline = setTimeout(() => reject(new Error(`the demo did not greet:\n${said}`)), GREETING_MS);
    child.stderr.setEncoding('utf8');
    child.stderr.on('data', (text) => {
      said += text;
      const link = /https?:\/\/\S+\/welcome#\S+/.exec(said)?.[0];
      const tracker = /trackers\s+(\S+)/.exec(said)?.[1];
      if (link && tracker) {
        clearTimeout(deadline);
        resolve({ link, tracker });
      }
    });
    ended.then((code) => reject(new Error(`the demo ended with ${code}:\n${said}`)));
  });
  const { link, tracker } = await greeting;
  const [host, port] = splitAddress(tracker);
  return {
    link,
    origin: new URL(link).origin,
    tracker: { host, port },
    said: () => said,
    async stop() {
      child.kill('SIGINT');
      const code = await Promise.race([ended, later(STOP_MS, 'late')]);
      if (code === 'late') child.kill('SIGKILL');
      return code;
    },
  };
}

function splitAddress(address) {
  const colon = address.lastIndexOf(':');
  return [address.slice(0, colon), Number(address.slice(colon + 1))];
}

/** Resolves with `value` after `ms`. */
export function later(ms, value) {
  return new Promise((resolve) => setTimeout(resolve, ms, value));
}

// A release build opens its folder in a second; a busy machine takes a while.
const GREETING_MS = 60_000;
// Longer than the server's own drain.
const STOP_MS = 30_000;
