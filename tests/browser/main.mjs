// The console in a real browser against a demo of its own. Shape: options → claims, each passed or failed, counted at the end.
// Exit: 0 all passed, 1 a claim failed.
import { chromium } from 'playwright-core';
import { parseArgs } from 'node:util';
import { startDemo } from './server.mjs';
import { playStory } from './story.mjs';
import { playDesk } from './desk.mjs';
import { lookAtScreens } from './screens.mjs';
import { dragTheMap } from './map.mjs';

const { values: options } = parseArgs({ options: { shots: { type: 'string' }, only: { type: 'string' } } });
const binary = process.env.LIENWATCH;
const claims = [];

/** Runs one claim; the ones after it still run, unless they need what it made. */
async function claim(name, check) {
  try {
    await check();
    claims.push({ name, ok: true });
    console.log(`test ${name} ... ok`);
  } catch (error) {
    claims.push({ name, ok: false });
    console.log(`test ${name} ... FAILED\n${error.stack}`);
  }
}

const demo = await startDemo({ binary });
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: BROWSER_ARGS() });
const stop = async (code) => {
  await browser.close().catch(() => {});
  await demo.stop();
  process.exit(code);
};
process.once('SIGINT', () => stop(130));
process.once('SIGTERM', () => stop(143));

const desk = { demo, browser, binary, claim, shots: options.shots };
try {
  const admin = await playStory(desk);
  const checked = options.only !== 'map' && admin ? await playDesk(desk, admin) : null;
  if (!['story', 'map'].includes(options.only) && admin) await lookAtScreens(desk, { ...admin, checked });
  if (options.only === 'map' && admin) await dragTheMap(desk, admin);
} catch (error) {
  claims.push({ name: 'the run itself', ok: false });
  console.log(error.stack);
}
const failed = claims.filter((one) => !one.ok);
console.log(`\ntest result: ${failed.length ? 'FAILED' : 'ok'}. ${claims.length - failed.length} passed; ${failed.length} failed;`);
if (failed.length) console.log(`what the demo said:\n${demo.said().slice(-4000)}`);
await stop(failed.length ? 1 : 0);

// Chromium looks things up at Google's hosts at each start unless told not to; as root it needs --no-sandbox.
function BROWSER_ARGS() {
  return ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync',
    '--no-first-run', '--use-angle=swiftshader', '--enable-unsafe-swiftshader'];
}
