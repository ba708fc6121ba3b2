// Draws what the live socket tells into what the stage has put there: how sure and for how long, the bars, the
// timeline. A run of the stage draws the same by itself, so this may come late or not at all.
const part = (name) => document.querySelector(`[data-testid="${name}"]`);
const percent = (share) => `${Math.round(100 * share)}%`;
const say = (element, text) => { if (element && element.textContent !== text) element.textContent = text; };

// As ui/look/words.py says it.
const duration = (wholeS) => {
  if (wholeS < 60) return `${wholeS} s`;
  const parts = [[Math.floor(wholeS / 3600), "h"], [Math.floor(wholeS / 60) % 60, "min"], [wholeS % 60, "s"]];
  return parts.filter(([n]) => n).map(([n, unit]) => `${n} ${unit}`).join(" ");
};

class Draws {
  constructor() { this.news = {}; }

  setUp({ facts, names }) { Object.assign(this, { facts, names }); }

  take(news) {
    Object.assign(this.news, news);
    // The server's clock, as near as its quickest message tells.
    if (news.beat !== undefined) this.aheadS = Math.max(this.aheadS ?? -Infinity, news.beat - performance.now() / 1000);
    if ("bars" in news) this.bars(news.bars);
    if ("timeline" in news) this.timeline(news.timeline);
    if ("line" in news) say(part("line"), news.line);
    this.tick();
  }

  // The same word as the stage's last run, or else that run is about to be followed by another.
  tick() {
    const { mood } = this.news, drawn = part("mood");
    if (!mood || !drawn || drawn.dataset.mood !== mood.label || this.aheadS === undefined) return;
    const heldS = Math.max(0, performance.now() / 1000 + this.aheadS - mood.since);
    drawn.dataset.rate = mood.rate.toFixed(1);
    drawn.dataset.heldS = heldS.toFixed(2);
    if (!this.facts || mood.label === "unknown") return;
    say(part("mood-facts"), this.facts.replace("{sure}", percent(mood.sure)).replace("{held}", duration(Math.floor(heldS))));
  }

  bars(scores) {
    document.querySelectorAll('[data-testid="bars"] .at-bar').forEach((bar, n) => {
      const share = scores ? scores[n] : 0;
      const width = `${(100 * share).toFixed(1)}%`, fill = bar.querySelector(".at-bar-fill");
      if (fill.style.width !== width) fill.style.width = width;
      say(bar.querySelector(".at-bar-value"), percent(share));
    });
  }

  timeline(columns) {
    const ticks = part("timeline")?.querySelector(".at-ticks");
    if (!ticks || ticks.children.length !== columns.length) return;
    columns.forEach(([mood, height], n) => {
      const tick = ticks.children[n];
      tick.className = mood === null ? "at-tick at-tick-empty" : "at-tick";
      if (mood === null) { delete tick.dataset.mood; tick.style.height = ""; return; }
      tick.dataset.mood = mood;
      tick.style.height = `${height}%`;
    });
    this.legend(columns);
  }

  legend(columns) {
    const legend = part("timeline")?.querySelector(".at-legend");
    const seen = Object.keys(this.names ?? {}).filter((mood) => columns.some(([shown]) => shown === mood));
    if (!legend || [...legend.children].map((chip) => chip.dataset.mood).join() === seen.join()) return;
    legend.replaceChildren(...seen.map((mood) => {
      const chip = document.createElement("span"), dot = document.createElement("span");
      chip.className = "at-chip";
      chip.dataset.testid = "timeline-mood";
      chip.dataset.mood = mood;
      dot.className = "at-dot";
      dot.setAttribute("aria-hidden", "true");
      chip.append(dot, this.names[mood]);
      return chip;
    }));
    const ticks = part("timeline").querySelector(".at-ticks");
    const spoken = seen.map((mood) => this.names[mood]).join(", ");
    ticks.setAttribute("aria-label", ticks.getAttribute("aria-label").replace(/: .*/, `: ${spoken}`));
  }
}
