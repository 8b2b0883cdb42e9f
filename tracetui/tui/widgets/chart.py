"""A chart over time. Importing this takes a third of a second, so it is done in a thread, and only for the totals."""

from __future__ import annotations

from collections.abc import Callable

from textual import events
from textual.color import Color
from textual_plotext import PlotextPlot

from tracetui.tui.widgets.chart_data import Bars, round_ticks, shorten_figure

_LABEL_CELLS = 9


class TimeChart(PlotextPlot):
    """Bars of one figure over time."""

    DEFAULT_CSS = """
    TimeChart { height: 1fr; background: $surface; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._bars = Bars()
        self._show: Callable[[float], str] = str

    def show(self, bars: Bars, show: Callable[[float], str]) -> None:
        """Draw other bars; `show` writes a value of theirs."""
        self._bars, self._show = bars, show
        self._plot_bars()

    def on_resize(self, event: events.Resize) -> None:
        """Put as many ticks as there is room for."""
        self._plot_bars()

    def _plot_bars(self) -> None:
        plt, bars = self.plt, self._bars
        plt.clear_figure()
        plt.canvas_color(self._rgb("surface"))
        plt.axes_color(self._rgb("surface"))
        plt.ticks_color(self._rgb("foreground"))
        if bars.values and self.size.height > 3:
            plt.bar(
                list(range(len(bars.values))), list(bars.values), width=0.75, marker="hd", color=self._rgb("accent")
            )
            ticks = round_ticks(max(bars.values), max(1, (self.size.height - 2) // 3))
            plt.yticks(ticks, [f"{shorten_figure(self._show(tick)):>7} " for tick in ticks])
            every = max(1, -(-len(bars.values) * _LABEL_CELLS // max(1, self.size.width - 10)))
            shown = range(0, len(bars.values), every)
            plt.xticks(list(shown), [bars.labels[place] for place in shown])
            plt.frame(False)
            plt.ylim(0, max(bars.values) or 1)
        self.refresh()

    def _rgb(self, name: str) -> tuple[int, int, int] | str:
        value = self.app.theme_variables.get(name, "")
        try:
            color = Color.parse(value)
        except ValueError:
            return "default"
        return "default" if color.ansi is not None or self.app.native_ansi_color else color.rgb
