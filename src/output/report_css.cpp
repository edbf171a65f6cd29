#include "html_sections.h"

namespace barman::output {

// Plain text on paper, with three colours that mean something, each with a form of its own beside it.
const char* const report_css = R"css(:root{--ground:#fbfaf7;--card:#fff;--ink:#1d2329;--soft:#5d6873;--line:#dcdfe0;
--good:#1f7a4d;--attention:#8a5a00;--risk:#b3261e;--reach:#2f7fb8;--deep:#17547f;--pale:#b9d3e6;--unused:#5d6873}
@media (prefers-color-scheme:dark){:root{--ground:#15191d;--card:#1c2228;--ink:#e4e8eb;--soft:#9aa6b1;--line:#343d46;
--good:#5fc38e;--attention:#e0b050;--risk:#ff8a80;--reach:#4c9bd3;--deep:#8cc4ee;--pale:#2c4c66;--unused:#9aa6b1}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0 auto;padding:1.5rem 1.25rem 4rem;max-width:84rem;background:var(--ground);color:var(--ink);
font:15px/1.45 system-ui,-apple-system,"Segoe UI",Roboto,"Liberation Sans",sans-serif}
h1{font-size:1.75rem;line-height:1.2;margin:0 0 .2rem;letter-spacing:-.01em}
h2{font-size:1.15rem;margin:2.6rem 0 .7rem;padding-top:.9rem;border-top:1px solid var(--line)}
h3{font-size:1rem;margin:0 0 .4rem}
details h3{font-size:.95rem;margin:1.2rem 0 .4rem}
p{margin:.4rem 0}
a{color:inherit;text-decoration-color:var(--soft);text-underline-offset:.15em}
header p,small,.note,figcaption{color:var(--soft)}
small{display:block;font-size:.82rem;line-height:1.3}
code{font:.85em/1.4 ui-monospace,"Cascadia Mono",Menlo,"DejaVu Sans Mono",monospace;padding:.05em .35em;border-radius:3px;
background:color-mix(in srgb,var(--soft) 14%,transparent);overflow-wrap:anywhere}
svg{display:block;overflow:visible}
.definitions{position:absolute}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(11rem,1fr));gap:.75rem;margin:1.2rem 0 1rem}
.tile{background:var(--card);border:1px solid var(--line);border-left:5px solid var(--soft);border-radius:6px;padding:.7rem .9rem}
.tile b{font-size:1.9rem;line-height:1;margin-right:.5rem}
.tile span{font-weight:600}
.tile small{margin-top:.3rem}
.tile.good{border-left-color:var(--good)}.tile.good span{color:var(--good)}
.tile.attention{border-left-color:var(--attention)}.tile.attention span{color:var(--attention)}
.tile.risk{border-left-color:var(--risk)}.tile.risk span{color:var(--risk)}
.tile.none{border-left-color:var(--line);background:none}.tile.none b,.tile.none span{color:var(--soft)}
.weakest{font-size:1.05rem}
.alarm{border:1px solid var(--risk);border-radius:6px;padding:.5rem .8rem}
.alarm i{color:var(--risk);font-style:normal;font-weight:700}
.badge{display:inline-block;white-space:nowrap;font-size:.8rem;font-weight:600;border:1px solid currentColor;border-radius:1rem;padding:0 .55rem}
.badge i{font-style:normal}
.badge.good{color:var(--good)}.badge.attention{color:var(--attention)}.badge.risk{color:var(--risk)}.badge.unused{color:var(--unused)}
.legend{display:flex;flex-wrap:wrap;gap:.3rem 1.1rem;list-style:none;margin:0 0 .8rem;padding:0;color:var(--soft);font-size:.85rem}
.legend li{display:flex;align-items:center;gap:.4rem}
.legend svg{flex:none}
.row{display:grid;grid-template-columns:minmax(9rem,14rem) 1fr;gap:0 1rem;align-items:center;padding:.3rem 0;border-bottom:1px solid var(--line)}
.row .name{overflow-wrap:anywhere;line-height:1.3}
.row .name a{font-weight:600}
.scale{border-bottom:0;padding:0}
.dates{display:flex;justify-content:space-between;color:var(--soft);font-size:.8rem;padding-right:3%}
.timeline{display:block;font-size:.75rem;color:var(--soft);line-height:1;margin-top:.3rem}
.reach{fill:var(--reach)}
.fading{fill:var(--reach);fill-opacity:.28;stroke:var(--reach);stroke-dasharray:3 3}
.gap{fill:url(#hatch);stroke:var(--risk)}
.hatch-ground{fill:var(--card)}
.hatch-line{fill:var(--risk)}
.rule{stroke:var(--line)}
.idle{stroke:var(--reach);stroke-width:3;stroke-dasharray:1 4}
.mark{fill:var(--ink);stroke:var(--card);stroke-width:1.2}
.mark.hollow{fill:var(--card);stroke:var(--ink);stroke-width:1.5}
.eye{fill:var(--card)}
.cross{fill:none;stroke:var(--risk);stroke-width:2.2}
.tick{stroke:var(--ink);stroke-opacity:.45;stroke-width:1}
table{border-collapse:collapse;width:100%;font-size:.92rem}
th,td{text-align:left;vertical-align:top;padding:.45rem .7rem .45rem 0;border-bottom:1px solid var(--line)}
thead th{font-size:.8rem;color:var(--soft);font-weight:600;border-bottom:2px solid var(--line)}
tbody th{font-weight:600;overflow-wrap:anywhere}
td{font-variant-numeric:tabular-nums}
td ul{margin:0;padding-left:1rem}
td li.serious{font-weight:600}
td li.serious::marker{content:"✕ ";color:var(--risk)}
.cards tbody th{min-width:7rem}
#servers td{min-width:6rem}
.concerns{min-width:16rem}
.scroll{overflow-x:auto}
.scroll table{min-width:46rem}
.scroll td:nth-child(n+2):nth-child(-n+5){white-space:nowrap}
details details{background:none;border:0;padding:0}
.charts{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,24rem),1fr));gap:1rem}
article{background:var(--card);border:1px solid var(--line);border-radius:6px;padding:.8rem .9rem;min-width:0}
article h3{overflow-wrap:anywhere}
figure{margin:0 0 .6rem}
figcaption{font-size:.82rem;margin-top:.2rem}
.chart{width:100%;height:4.5rem;border-bottom:1px solid var(--line)}
.whole{fill:var(--pale)}
.stored{fill:var(--reach)}
.duration{fill:none;stroke:var(--ink);stroke-width:1.3}
.empty{height:4.5rem;margin:0;color:var(--soft);border-bottom:1px solid var(--line);display:grid;place-items:center;font-size:.85rem}
.strip{width:97%;height:1.25rem}
.made{fill:var(--reach)}
.none{fill:var(--soft);fill-opacity:.55}
.disks{list-style:none;padding:0;margin:0}
.disks li{padding:.35rem 0}
.meter{display:inline-block;vertical-align:middle;width:10rem;max-width:40%;height:.7rem;border:1px solid var(--soft);border-radius:3px;overflow:hidden}
.meter span{display:block;height:100%;background:var(--reach)}
details{background:var(--card);border:1px solid var(--line);border-radius:6px;padding:.5rem .9rem;margin:.5rem 0}
summary{cursor:pointer;font-weight:600;overflow-wrap:anywhere}
.moments li{margin:.4rem 0}
.copy{display:block;margin-top:.2rem;user-select:all;-webkit-user-select:all}
dl{display:grid;grid-template-columns:minmax(8rem,max-content) 1fr;gap:.15rem 1rem;margin:0;font-size:.9rem}
dt{color:var(--soft)}
dd{margin:0;overflow-wrap:anywhere}
@media (max-width:46rem){
body{padding:1rem .8rem 3rem}
.row{grid-template-columns:1fr}
.row .name small{display:inline;margin-left:.4rem}
.wide{display:none}
.cards thead{display:none}
.cards,.cards tbody,.cards tr,.cards td,.cards th{display:block}
.cards tr{background:var(--card);border:1px solid var(--line);border-radius:6px;padding:.5rem .8rem;margin:.6rem 0}
.cards th,.cards td{border:0;padding:.2rem 0}
.cards td{display:grid;grid-template-columns:7rem 1fr;gap:0 .6rem}
.cards td>div{min-width:0;overflow-wrap:anywhere}
.cards td::before{content:attr(data-label);color:var(--soft);font-size:.85rem}
.concerns{min-width:0}
dl{grid-template-columns:1fr}
dd{margin-bottom:.4rem}
}
@media print{
@page{size:A4;margin:14mm}
:root{--ground:#fff;--card:#fff;--ink:#000;--soft:#444;--line:#bbb;--good:#1f7a4d;--attention:#8a5a00;--risk:#b3261e;
--reach:#2f7fb8;--deep:#17547f;--pale:#b9d3e6}
html{font-size:10px}
body{font-size:1rem;padding:0;max-width:none;-webkit-print-color-adjust:exact;print-color-adjust:exact}
.row,article,tr,.tile{break-inside:avoid}
h2{break-after:avoid;margin-top:1.4rem}
.tiles{grid-template-columns:repeat(4,1fr)}
.charts{grid-template-columns:1fr 1fr}
.chart,.empty{height:2.6rem}
.concerns{min-width:0}
.scroll table{min-width:0}
details:not([open]),#appendix:not(:has(>details[open])){display:none}
}
)css";

}  // namespace barman::output
