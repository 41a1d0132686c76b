// Small helps; every page works without them. Copying a link, saying before an upload that a file
// is too large (the server refuses it all the same), and letting the keyboard scroll wide tables.

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
