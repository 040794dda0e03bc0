/**
 * What a page can do more with a script: a part marked `data-live="/path"` is fetched anew when the system says that it
 * has changed, and a deed that is hard to undo asks first. Without the script every page works by loading it again.
 */
export const SCRIPT = `
"use strict";
for (const form of document.querySelectorAll("form[data-sure]")) {
  form.addEventListener("submit", (event) => {
    if (!window.confirm(form.dataset.sure)) event.preventDefault();
  });
}
const parts = [...document.querySelectorAll("[data-live]")];
if (parts.length > 0) {
  let asking = false;
  const renew = async () => {
    if (asking || document.hidden) return;
    asking = true;
    try {
      for (const part of parts) {
        if (part.contains(document.activeElement)) continue;
        const answer = await fetch(part.dataset.live, { headers: { accept: "text/html" } });
        if (!answer.ok) continue;
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        const next = page.querySelector("[data-live='" + part.dataset.live + "']");
        if (next === null || next.innerHTML === part.innerHTML) continue;
        const opened = new Set([...part.querySelectorAll("details[open] > summary")].map((each) => each.textContent));
        part.replaceChildren(...next.childNodes);
        for (const each of part.querySelectorAll("details > summary")) {
          if (opened.has(each.textContent)) each.parentElement.open = true;
        }
      }
    } catch { /* The next news tries again. */ } finally { asking = false; }
  };
  const news = new EventSource("/news");
  news.addEventListener("changed", renew);
  document.addEventListener("visibilitychange", renew);
}
`.trim();
