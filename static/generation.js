// Two helps; every page works without them. Following what is running: ask this page again for the
// part that moves, put in place what differs, stop when it is over. And saying, before a batch is
// queued, how many rationales it makes.

const live = document.querySelector("#live[data-running]");
if (live) follow(live);

function follow(live) {
  const again = () => setTimeout(look, 1000 * live.dataset.running);

  async function look() {
    if (document.hidden) return again();
    try {
      const response = await fetch(location.href, { headers: { "X-Fragment": "1" } });
      if (response.redirected) return location.reload(); // signed out meanwhile
      if (!response.ok) throw new Error(response.status);
      show(await response.text());
    } catch {
      return again(); // the network or the server is away: what stands here is still true
    }
    if ("running" in live.dataset) again();
  }

  function show(html) {
    const next = new DOMParser().parseFromString(html, "text/html").getElementById("live");
    for (const part of next.querySelectorAll("[data-part]")) {
      const here = document.getElementById(part.id);
      if (here && here.innerHTML !== part.innerHTML) here.replaceChildren(...part.childNodes);
    }
    if (!("running" in next.dataset)) delete live.dataset.running;
  }

  again();
}

const of = (n, word) => `${n.toLocaleString("en")} ${word}${n === 1 ? "" : "s"}`;

for (const form of document.querySelectorAll("[data-counts]")) {
  const said = form.querySelector("[data-count]");
  const count = () => {
    const questions = Number(form.question_set.selectedOptions[0]?.dataset.questions ?? 0);
    const samples = Number(form.samples.value);
    said.hidden = !(questions && samples > 0);
    const more = form.rationalize.checked ? ", and one more with a hint for each that fails" : "";
    const words = `${of(questions, "question")} × ${of(samples, "sample")}: ${of(questions * samples, "rationale")}${more}.`;
    said.querySelector("output").textContent = said.hidden ? "" : words;
  };
  form.addEventListener("input", count);
  addEventListener("pageshow", count);
}
