// What a desk does all day, in one browser: the inbox narrowed to a team, a place drawn and saved, a map that says how old it is and
// that its connection is lost, the audit log taken along as a file.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { ALERT_MS, api, ROOM, TEAM, until } from './story.mjs';

/** Plays it as the story's first user, who is the only member of its team. */
export async function playDesk({ demo, browser, claim }, admin) {
  const context = await browser.newContext({ ...ROOM, locale: 'zh-CN' });
  await context.addCookies(admin.cookies);
  await context.addInitScript(() => sessionStorage.setItem('lw.purposes', JSON.stringify([['fleet', 'verify']])));

  await claim('the_inbox_is_narrowed_to_the_alerts_of_a_team', () => onPage(context, demo, narrowToTeam));
  await claim('a_place_that_is_drawn_is_saved_and_looked_at_from_then_on', () => onPage(context, demo, drawPlace));
  await claim('the_map_says_how_old_its_newest_fix_is_and_not_when_it_was_opened', () => onPage(context, demo, readAge));
  await claim('a_map_that_has_lost_its_connection_is_grey_and_says_as_of_when_it_is', () => onPage(context, demo, loseConnection));
  await claim('the_audit_log_is_saved_as_csv', () => onPage(context, demo, saveAudit));
  await context.close();
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

const PLACE_NAME = '测试停车场';
const DAY_S = 86_400;
// On a clock that runs 300 times as fast, 3 days stay 3 days for minutes.
const AGES_S = [9 * DAY_S, 3 * DAY_S + 3_600, 5 * DAY_S];
