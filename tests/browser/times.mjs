// What is measured on the page's own clock.

/** Frames a second for a second. */
export function frameRate(playground) {
  return playground.page.evaluate(() => new Promise((resolve) => {
    let [frames, began] = [0, performance.now()];
    const frame = (now) => {
      frames += 1;
      if (now - began < 1000) requestAnimationFrame(frame);
      else resolve(Math.round((1000 * frames) / (now - began)));
    };
    requestAnimationFrame(frame);
  }));
}

/** From a press on a site to the new number on the page, in milliseconds, on the page's own clock. */
export async function strokeTime(playground, [x, y]) {
  await playground.page.locator('#strip').scrollIntoViewIfNeeded();
  const [left, top] = await playground.site(x, y);
  const before = await playground.bits();
  const time = playground.page.evaluate((old) => new Promise((resolve) => {
    let began = null;
    document.getElementById('strip').addEventListener('pointerdown', () => (began = performance.now()), { once: true, capture: true });
    const output = document.getElementById('bits');
    const observer = new MutationObserver(() => {
      if (began !== null && output.textContent !== old) {
        observer.disconnect();
        resolve(performance.now() - began);
      }
    });
    observer.observe(output, { childList: true, characterData: true, subtree: true });
  }), before);
  await playground.change(async () => {
    await playground.page.mouse.move(left, top);
    await playground.page.mouse.down({ button: 'left' });
    await playground.page.mouse.up({ button: 'left' });
  });
  return time;
}
