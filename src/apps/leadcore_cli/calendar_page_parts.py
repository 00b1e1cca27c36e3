"""The style and the script of the calendar page, and the section that shows a chosen day."""

DAY = """
<section id="day" hidden><h2 id="when"></h2>
<p><input id="words" type="search" placeholder="lead, step or reason" aria-label="filter"> <span id="count"></span></p>
<div class="scroll"><table>
<thead><tr><th>time<th>lead<th>step<th>what<th>segments<th>reason</tr></thead><tbody id="rows"></tbody>
</table></div></section>
"""

STYLE = """
body{font:15px/1.5 system-ui,-apple-system,'Segoe UI',sans-serif;color:#24292f;background:#f6f8fa;margin:0 auto;
padding:24px;max-width:1200px}
h1{font-size:24px;margin:0}h2{font-size:18px;margin:32px 0 8px}h3{font-size:15px;margin:16px 0 4px}
.about{color:#57606a;margin:4px 0 12px}.note{background:#fff8e5;border-left:4px solid #d4850b;padding:6px 12px}
.tiles{display:flex;flex-wrap:wrap;gap:10px}
.tiles div{background:#fff;border:1px solid #d0d7de;border-radius:6px;padding:8px 14px;color:#57606a}
.tiles b{display:block;font-size:20px;color:#24292f}
.scroll{overflow-x:auto}
table{border-collapse:collapse;background:#fff;border:1px solid #d0d7de;font-variant-numeric:tabular-nums}
th,td{padding:4px 12px;text-align:left;border-bottom:1px solid #eaeef2;white-space:nowrap}
td:last-child{white-space:normal}
.figures td:not(:first-child),.figures th:not(:first-child){text-align:right}
.d{cursor:pointer}.d:hover .c,.d:focus .c{stroke:#1f6feb;stroke-width:2}.d.on .c{stroke:#1f6feb;stroke-width:2.5}
.d:focus{outline:none}
i{display:inline-block;width:10px;height:10px;border-radius:2px;margin-right:6px}
input{font:inherit;padding:4px 8px;border:1px solid #d0d7de;border-radius:6px;width:280px}
#day{background:#fff;border:1px solid #d0d7de;border-radius:6px;padding:0 16px 16px;margin-top:16px}
#day .scroll{max-height:480px;overflow-y:auto}#day thead th{position:sticky;top:0;background:#f6f8fa}
"""

SCRIPT = """
const {days, words} = JSON.parse(document.getElementById('data').textContent);
const colours = ['#1f6feb', '#0f8a6d', '#d4850b', '#8b949e'], most = 2000;
const at = id => document.getElementById(id);
let chosen = null;
function two(n) { return String(n).padStart(2, '0'); }
function show() {
  const wanted = at('words').value.toLowerCase(), rows = at('rows');
  const every = (days[chosen] || []).map(([minute, lead, step, lane, channel, segments, reason, until, what]) => {
    const by = {sms: ' text', email: ' e-mail'}[words[channel]] || '';
    return [two(Math.floor(minute / 60)) + ':' + two(minute % 60), 'lead ' + lead, words[step],
      words[what] + by + (words[until] ? ' until ' + words[until] : ''), segments || '', words[reason], lane];
  });
  const found = every.filter(row => row.slice(0, 6).join(' ').toLowerCase().includes(wanted));
  rows.replaceChildren(...found.slice(0, most).map(row => {
    const line = document.createElement('tr');
    row.slice(0, 6).forEach((text, n) => {
      const cell = line.insertCell();
      if (n === 3) {
        const dot = document.createElement('i');
        dot.style.background = colours[row[6]];
        cell.append(dot);
      }
      cell.append(String(text));
    });
    return line;
  }));
  const few = `${found.length} of ${every.length}`;
  at('count').textContent = found.length > most ? `the first ${most} of ${found.length}` : few;
}
function choose(cell) {
  document.querySelectorAll('.d.on').forEach(each => each.classList.remove('on'));
  cell.classList.add('on');
  chosen = cell.dataset.day;
  at('when').textContent = new Date(chosen + 'T12:00').toLocaleDateString('en-US', {dateStyle: 'full'});
  at('day').hidden = false;
  show();
  at('day').scrollIntoView({behavior: 'smooth', block: 'nearest'});
}
document.querySelectorAll('.d').forEach(cell => {
  cell.setAttribute('tabindex', '0');
  cell.setAttribute('role', 'button');
  cell.setAttribute('aria-label', cell.dataset.day);
  cell.addEventListener('click', () => choose(cell));
  cell.addEventListener('keydown', event => {
    if (event.key !== 'Enter' && event.key !== ' ') return;
    event.preventDefault();
    choose(cell);
  });
});
at('words').addEventListener('input', show);
if (location.hash.startsWith('#20')) {
  const cell = document.querySelector(`.d[data-day="${location.hash.slice(1)}"]`);
  if (cell) choose(cell);
}
"""
