"""One self-contained HTML file that shows a profile, what schedules cost, and samples as they were revealed."""

from unmask.report.contents import Curve, Report, Reveal
from unmask.report.page import write_report

__all__ = ["Curve", "Report", "Reveal", "write_report"]
