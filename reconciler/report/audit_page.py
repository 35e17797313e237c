"""The style and the script of an audit's page: nothing is loaded, and without the script all of it is shown."""

STYLE = """\
:root { color-scheme: light dark; --ink: #1f2328; --page: #fff; --line: #d0d7de; --soft: #f6f8fa; --dim: #59636e;
  --good: #116329; --odd: #7d4e00; --bad: #a40e26; --blind: #6639ba; --note: #0550ae; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --page: #0d1117; --line: #30363d; --soft: #161b22;
  --dim: #9198a1; --good: #56d364; --odd: #e3b341; --bad: #ff7b72; --blind: #d2a8ff; --note: #79c0ff; } }
* { box-sizing: border-box; }
[hidden] { display: none !important; }
body { margin: 2rem auto; max-width: 76rem; padding: 0 1rem; color: var(--ink); background: var(--page);
  font: 16px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.5rem; margin-bottom: .25rem; } h2 { font-size: 1.2rem; margin: 2.5rem 0 .75rem; }
a { color: var(--note); }
code { font: .9em ui-monospace, monospace; overflow-wrap: anywhere; white-space: pre-wrap; }
:focus-visible { outline: 3px solid var(--note); outline-offset: 2px; }
.skip { position: absolute; left: -99rem; } .skip:focus { position: static; }
.verdict { border-left: .4rem solid; padding-left: .8rem; }
form { border: 1px solid var(--line); border-radius: .5rem; background: var(--soft); padding: .75rem 1rem; }
fieldset { border: 0; margin: 0 0 .5rem; padding: 0; display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; }
legend { float: left; width: 7.5rem; padding: 0; color: var(--dim); }
label { display: inline-flex; gap: .4rem; align-items: center; min-height: 1.75rem; }
.service span { width: 8.35rem; color: var(--dim); }
select, button { font: inherit; color: inherit; background: var(--page); border: 1px solid var(--line);
  border-radius: .35rem; padding: .25rem .6rem; max-width: 100%; }
input { accent-color: var(--note); width: 1.05rem; height: 1.05rem; margin: 0; }
.below { display: flex; flex-wrap: wrap; gap: .5rem 1rem; align-items: center; }
table { border-collapse: collapse; width: 100%; margin: 0 0 1.5rem; table-layout: fixed; }
caption { text-align: left; font-weight: 600; font-size: 1.05rem; padding: .5rem 0; overflow-wrap: anywhere; }
th, td { border: 1px solid var(--line); padding: .35rem .6rem; text-align: left; vertical-align: top; }
thead th { background: var(--soft); } tbody th { font-weight: 400; width: 40%; }
td, thead th { overflow-wrap: anywhere; }
ul { list-style: none; margin: 0; padding: 0; }
li { border: 1px solid var(--line); border-left: .3rem solid; border-radius: .35rem; padding: .6rem .9rem;
  margin: 0 0 .6rem; overflow-wrap: anywhere; }
ul li[class] { font-weight: 400; } li p { margin: 0; color: var(--ink); } li .fix, li .place { color: var(--dim); }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1.25rem; margin: 0; } dd { margin: 0; }
.set, .absent, .ok { color: var(--good); } .missing, .wrong, .error, .errors { color: var(--bad); }
.differs, .same, .warning, .warnings { color: var(--odd); } .unreadable, .incomplete { color: var(--blind); }
.undeclared { color: var(--note); } .none { color: var(--dim); }
.missing, .wrong, .error, .warning, .differs, .same, .unreadable { font-weight: 600; }
.verdict.ok, .verdict.errors, .verdict.warnings, .verdict.incomplete { border-color: currentColor; }
footer { margin-top: 2rem; color: var(--dim); }
@media (max-width: 40rem) {
  body { margin-top: 1rem; } legend, .service span { float: none; width: 100%; }
  .service { flex-wrap: wrap; }
  table, caption, tbody, tr, tbody th, td { display: block; width: auto; }
  thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  tr { border: 1px solid var(--line); border-radius: .35rem; margin-bottom: .5rem; padding: .4rem .7rem; }
  tbody th { font-weight: 600; } tbody th, td { border: 0; padding: .1rem 0; }
  td { display: flex; gap: 1rem; justify-content: space-between; }
  td::before { content: attr(data-environment); color: var(--dim); font-weight: 400; overflow-wrap: anywhere; }
}
@media print {
  :root { color-scheme: light; --ink: #000; --page: #fff; --line: #999; --soft: #fff; --dim: #333;
    --good: #116329; --odd: #7d4e00; --bad: #a40e26; --blind: #6639ba; --note: #0550ae; }
  body { margin: 0; max-width: none; font-size: 11px; } form, .skip { display: none; }
  tr, li { break-inside: avoid; } thead { display: table-header-group; } caption { break-after: avoid; }
}
"""

SCRIPT = """\
(() => {
  "use strict";
  const form = document.getElementById("filters");
  const told = document.getElementById("told");
  const tables = [...document.querySelectorAll("#matrix table")];
  const findings = [...document.querySelectorAll("li[data-service]")];
  const cells = document.querySelectorAll("#matrix td[data-state]:not([data-state=''])").length;
  const chosen = (name) => new Set(
    [...form.querySelectorAll(`input[name="${name}"]:checked`)].map((box) => box.value));
  const apply = () => {
    const environments = chosen("environment"), states = chosen("state");
    const service = form.elements.service.value;
    let shown = 0;
    for (const table of tables) {
      const here = service === "" || table.dataset.service === service;
      let any = false;
      for (const head of table.querySelectorAll("th[data-environment]")) {
        head.hidden = !environments.has(head.dataset.environment);
      }
      for (const row of table.tBodies[0].rows) {
        let fits = 0;
        for (const cell of row.querySelectorAll("td")) {
          cell.hidden = !environments.has(cell.dataset.environment);
          if (!cell.hidden && states.has(cell.dataset.state)) fits += 1;
        }
        row.hidden = !here || fits === 0;
        if (!row.hidden) { any = true; shown += fits; }
      }
      table.hidden = !any;
    }
    let telling = 0;
    for (const finding of findings) {
      const { environment, service: its } = finding.dataset;
      finding.hidden = (environment !== "" && !environments.has(environment))
        || (service !== "" && its !== "" && its !== service);
      if (!finding.hidden) telling += 1;
    }
    told.textContent = `${shown} of ${cells} values and ${telling} of ${findings.length} findings shown`;
  };
  form.hidden = false;
  form.addEventListener("change", apply);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(apply));
  apply();
})();
"""
