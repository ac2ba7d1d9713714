// What a desk does all day, in one browser: the inbox narrowed to a team, a place drawn and saved, a map that says how old it is and
// that its connection is lost, the audit log taken along as a file, an alert and its evidence on paper, a book that is looked at and not
// put in force.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { ALERT_MS, api, ROOM, TEAM, until } from './story.mjs';

/** Plays it as the story's first user, who is the only member of its team, and gives back the id of an import that was left as checked. */
export async function playDesk({ demo, browser, claim }, admin) {
  const context = await browser.newContext({ ...ROOM, locale: 'zh-CN' });
  await context.addCookies(admin.cookies);
  await context.addInitScript(() => sessionStorage.setItem('lw.purposes', JSON.stringify([['fleet', 'verify']])));

  await claim('the_inbox_is_narrowed_to_the_alerts_of_a_team', () => onPage(context, demo, narrowToTeam));
  await claim('a_place_that_is_drawn_is_saved_and_looked_at_from_then_on', () => onPage(context, demo, drawPlace));
  await claim('the_map_says_how_old_its_newest_fix_is_and_not_when_it_was_opened', () => onPage(context, demo, readAge));
  await claim('a_map_that_has_lost_its_connection_is_grey_and_says_as_of_when_it_is', () => onPage(context, demo, loseConnection));
  await claim('the_audit_log_is_saved_as_csv', () => onPage(context, demo, saveAudit));
  await claim('an_alert_and_its_evidence_are_on_paper_and_what_leads_elsewhere_is_not', () => onPage(context, demo, printAlert));
  let checked = null;
  await claim('a_book_is_compared_with_the_one_in_force_and_changes_nothing_yet', () => onPage(context, demo, async (page, origin) => {
    checked = await checkBook(page, origin);
  }));
  await claim('a_book_that_is_dropped_before_the_lenders_are_known_is_checked_once_they_are', () => onPage(context, demo, dropEarly));
  await context.close();
  return checked;
}

async function onPage(context, demo, play) {
  const page = await context.newPage();
  const errors = [];
  page.on('pageerror', (error) => errors.push(error.stack));
  try {
    await page.goto(`${demo.origin}/account`);
    await play(page, demo.origin);
    assert.deepEqual(errors, []);
  } finally {
    await page.unrouteAll({ behavior: 'ignoreErrors' });
    await page.close();
  }
}

async function narrowToTeam(page, origin) {
  const { csrf, user } = await api(page, '/me');
  const team = user.teams.find(({ name }) => name === TEAM.name);
  assert.ok(team, 'the first user is in the team');
  const theirs = () => api(page, `/alerts?tab=open&team=${team.id}`);
  await until(async () => {
    for (const { id, owner } of (await api(page, '/alerts?tab=open')).data) {
      if (owner) continue;
      const answer = await page.request.post(`${origin}/api/v1/alerts/${id}/assign`, { data: { user: user.id }, headers: { 'X-CSRF-Token': csrf } });
      // One that has ended by itself meanwhile is refused: the next one will do.
      if (answer.ok()) return true;
    }
    return (await theirs()).data.length > 0;
  }, 'an alert is assigned to a member of the team', ALERT_MS);

  await page.goto(`${origin}/`);
  await page.locator('header select.team').selectOption(team.id);
  await page.waitForURL((url) => url.searchParams.get('team') === team.id);
  await until(async () => {
    const [{ data }, listed] = [await theirs(), await listedIn(page)];
    return listed.length > 0 && listed.every((href) => data.some(({ id }) => href.includes(`alert=${id}`)));
  }, 'the alerts of the team are listed, and no others');

  // A team that has no alerts, by a link: the list is empty and says why. While it loads it is empty as well, so its answer is awaited,
  // and that there is something to leave out is seen before.
  await page.goto(`${origin}/`);
  await until(async () => (await listedIn(page)).length > 0, 'without a team alerts are listed');
  const answered = page.waitForResponse((answer) => /\/api\/v1\/alerts\?.*\bteam=of-nobody\b/.test(answer.url()));
  await page.goto(`${origin}/?team=of-nobody`);
  assert.equal((await answered).status(), 200);
  await page.locator('main .list .empty').waitFor();
  assert.deepEqual(await listedIn(page), []);
}

/** The addresses of the alerts that the inbox lists. */
async function listedIn(page) {
  return page.locator('main tbody a[href*="alert="]').evaluateAll((links) => links.map((link) => link.getAttribute('href')));
}

async function drawPlace(page, origin) {
  await page.goto(`${origin}/places`);
  const canvas = page.locator('canvas').first();
  await canvas.waitFor();
  await page.locator('.page-head [role="group"] button').first().click();
  const bar = page.locator('.map .bar');
  await bar.waitFor();
  const box = await canvas.boundingBox();
  // At the scale of a country the corners have as many decimals as a pointer gives.
  for (const [across, down] of [[0.35, 0.4], [0.6, 0.45], [0.5, 0.7]]) {
    await page.mouse.click(box.x + box.width * across, box.y + box.height * down);
  }
  await bar.locator('button.primary').click();
  const form = page.locator('.list form');
  await form.locator('input[maxlength="60"]').fill(PLACE_NAME);
  await form.locator('button[type="submit"]').click();
  await page.locator('.list tr', { hasText: PLACE_NAME }).waitFor();
  const saved = (await api(page, '/places')).features.find(({ properties }) => properties.name === PLACE_NAME);
  assert.ok(saved, 'the server has it');
  const [ring] = saved.geometry.type === 'Polygon' ? saved.geometry.coordinates : saved.geometry.coordinates[0];
  assert.equal(ring.length, 4, `three corners, closed: ${JSON.stringify(ring)}`);

  await page.reload();
  await page.locator('.list tr', { hasText: PLACE_NAME }).locator('button').click();
  const corners = page.locator('.list form ol li');
  await corners.first().waitFor();
  assert.equal(await corners.count(), 3);
}

async function readAge(page, origin) {
  // Cars that nobody has seen for days, and nothing that moves them.
  await page.route(/\/api\/v1\/stream/, (route) => route.abort());
  await page.route(/\/api\/v1\/fleet(\?|$)/, async (route) => {
    const answer = await route.fetch();
    const fleet = await answer.json();
    const rows = AGES_S.map((fix_age_s, place) => {
      const car = { id: `OLD${place}`, plate: `OLD${place}`, lat: 22.5 + place / 10, lon: 114, state: 'parked', fix_age_s };
      return fleet.fields.map((field) => car[field] ?? null);
    });
    await route.fulfill({ response: answer, json: { ...fleet, rows } });
  });
  await page.goto(`${origin}/map`);
  const sum = page.locator('main .sum');
  await until(async () => /最新定位 3 天/.test(await sum.innerText()), 'the age of the newest of them is told');
}

async function loseConnection(page, origin) {
  // The stream lives first: as of when a map is that never heard anything, nobody knows.
  await page.locator('.stream.live').waitFor();
  let fleets = 0;
  await page.route(/\/api\/v1\/stream/, (route) => route.abort());
  await page.route(/\/api\/v1\/fleet(\?|$)/, (route) => (fleets++ === 0 ? route.continue() : route.abort()));
  // Without a reload: the map wants positions, so that the stream is read anew, and is not there.
  await page.locator('nav a[href="/map"]').first().click();
  await page.waitForURL((url) => url.pathname === '/map' && url.origin === origin);
  await page.locator('canvas').first().waitFor();
  const told = page.locator('.map .old[role="status"]');
  await told.waitFor();
  assert.match(await told.innerText(), /^连接中断，地图停在 .*\d.*（.+）$/);
  const filter = await page.locator('.map .canvas').evaluate((canvas) => getComputedStyle(canvas).filter);
  assert.match(filter, /grayscale/);
}

async function saveAudit(page, origin) {
  await page.goto(`${origin}/audit`);
  await page.locator('main tbody tr').first().waitFor();
  const saving = page.waitForEvent('download');
  await page.locator('.page-head button').click();
  const file = await saving;
  assert.match(file.suggestedFilename(), /\.csv$/);
  const [header, ...lines] = (await readFile(await file.path(), 'utf8')).trimEnd().split(/\r?\n/);
  // Without the mark a spreadsheet takes what is Chinese in it for another encoding.
  assert.match(header, /^\uFEFFline,/);
  assert.ok(lines.length > 0, 'the lines are in it');
}

async function printAlert(page, origin) {
  const { id, vehicle } = await until(async () => (await api(page, '/alerts?tab=open')).data.find(({ vehicle }) => vehicle), 'an alert is open', ALERT_MS);
  // Whoever prints has said why before: the question is no part of the paper.
  await page.addInitScript((car) => sessionStorage.setItem('lw.purposes', JSON.stringify([['fleet', 'verify'], [car, 'verify']])), vehicle.id);
  await page.goto(`${origin}/?alert=${id}`);
  await onPaper(page, 'main aside.side', vehicle.plate);
  await page.goto(`${origin}/vehicles/${encodeURIComponent(vehicle.id)}?evidence=${id}`);
  await onPaper(page, 'dialog[open] article', vehicle.plate);
}

/** On paper the part is there with its text and a height of lines, and the navigation is not, which is on screen. */
async function onPaper(page, selector, text) {
  const [part, navigation] = [page.locator(selector), page.locator('nav').first()];
  await page.emulateMedia({ media: 'screen' });
  await part.locator('h2').first().waitFor();
  await navigation.waitFor();
  await page.emulateMedia({ media: 'print' });
  assert.ok((await part.innerText()).includes(text), `${selector} is without ${text}`);
  const box = await part.boundingBox();
  assert.ok(box && box.height > LINES_PX, `${selector}: ${JSON.stringify(box)}`);
  assert.equal(await navigation.isVisible(), false);
}

async function checkBook(page, origin) {
  const { csrf, server } = await api(page, '/me');
  const { lender, body } = await bookOf(page, server.clock.now);
  const query = new URLSearchParams({ kind: 'loans', lender, complete: 'false', name: BOOK_NAME });
  const answer = await page.request.post(`${origin}/api/v1/imports?${query}`, { data: body, headers: { 'X-CSRF-Token': csrf, 'content-type': 'text/csv' } });
  assert.ok(answer.ok(), `${answer.status()} ${await answer.text()}`);
  const { id, state, diff, rejected } = await answer.json();
  assert.equal(state, 'checked');
  assert.equal(rejected.length, 1);
  assert.ok(diff.moves.some(({ to }) => to === 'M3'), JSON.stringify(diff.moves));
  assert.ok(diff.examples.length > 0, 'cells that change');

  await page.goto(`${origin}/imports?id=${id}`);
  await page.locator('main #moves').waitFor();
  assert.match(await page.locator('ul[aria-labelledby="moves"]').innerText(), /→ M3/);
  const examples = page.locator('main details:has(table)');
  await examples.locator('summary').click();
  await examples.locator('tbody tr').first().waitFor();
  return id;
}

/** Some loans of the lender that has a book, 70 days past due, and a row whose date is none. */
async function bookOf(page, now) {
  const [{ lender }] = (await api(page, '/books')).data;
  const known = (await api(page, `/loans?lender=${encodeURIComponent(lender)}&limit=1000`)).data.filter(({ plate, days_past_due, settled_at, hold }) => plate && !settled_at && !hold && (days_past_due ?? 0) < 60);
  assert.ok(known.length >= BOOK_ROWS, `${known.length} loans to tell of`);
  const due = new Date(Date.parse(now) - 70 * DAY_S * 1_000).toISOString().slice(0, 10);
  const rows = known.slice(0, BOOK_ROWS).map(({ contract, plate }) => [contract, plate, due, '4200.00', '80000.00', now]);
  const lines = [['contract', 'plate', 'oldest_unpaid_due', 'amount_overdue', 'principal_outstanding', 'as_of'], ...rows, ['HT-BROKEN', '粤B00000', 'soon', '1.00', '2.00', now]];
  return { lender, body: lines.map((line) => line.join(',')).join('\n') };
}

async function dropEarly(page, origin) {
  const { server } = await api(page, '/me');
  const { lender, body } = await bookOf(page, server.clock.now);
  let answer = () => {};
  const told = new Promise((resolve) => (answer = resolve));
  await page.route(/\/api\/v1\/books/, async (route) => {
    await told;
    await route.continue();
  });
  await page.goto(`${origin}/imports`);
  await page.locator('input[type="file"]').setInputFiles({ name: BOOK_NAME, mimeType: 'text/csv', buffer: Buffer.from(body) });
  await page.locator('section.panel button.primary').waitFor();
  const checking = page.waitForRequest((request) => request.method() === 'POST' && /\/api\/v1\/imports\?/.test(request.url()));
  answer();
  assert.equal(new URL((await checking).url()).searchParams.get('lender'), lender);
  await page.waitForURL((url) => url.searchParams.has('id'));
}

const PLACE_NAME = '测试停车场';
const BOOK_NAME = 'book-of-the-test.csv';
const BOOK_ROWS = 6;
// An empty sheet has the height of its margins.
const LINES_PX = 200;
const DAY_S = 86_400;
// On a clock that runs 300 times as fast, 3 days stay 3 days for minutes.
const AGES_S = [9 * DAY_S, 3 * DAY_S + 3_600, 5 * DAY_S];
