// Small helps; every page works without them. Looking whether results are there, copying a link,
// saying before an upload that a file is too large, letting the keyboard scroll wide tables.

for (const button of document.querySelectorAll("[data-copy]")) {
  if (!navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).value);
    button.textContent = "Copied";
  });
}

for (const form of document.querySelectorAll("[data-most-bytes]")) {
  const file = form.querySelector("input[type=file]");
  const warning = form.querySelector("[data-too-large]");
  file.addEventListener("change", () => {
    const bytes = file.files.length ? file.files[0].size : 0;
    warning.hidden = bytes <= Number(form.dataset.mostBytes);
  });
}

const widths = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    if (target.scrollWidth > target.clientWidth) target.tabIndex = 0;
    else target.removeAttribute("tabindex");
  }
});
for (const wrap of document.querySelectorAll(".table-wrap, pre")) widths.observe(wrap);

for (const part of document.querySelectorAll("[data-live]")) {
  setInterval(() => renew(part), 1000 * part.dataset.every);
}

/* What stands in the part, as it is by now. */
async function renew(part) {
  if (document.hidden) return;
  try {
    const response = await fetch(part.dataset.live);
    if (response.ok && !response.redirected) part.innerHTML = await response.text();
  } catch {
    // the network or the server is away: what stands here was true a moment ago
  }
}

const computing = document.querySelector("[data-computing]");
if (computing) setInterval(look, 1000 * computing.dataset.computing);

async function look() {
  if (document.hidden) return;
  try {
    const response = await fetch(location.href, { headers: { "X-Fragment": "1" } });
    if (response.status === 204 || response.redirected) location.reload();
  } catch {
    // the network or the server is away: what stands here is still true
  }
}
