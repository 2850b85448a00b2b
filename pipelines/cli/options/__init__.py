"""The options of all commands, in the order in which `--help` lists them."""

from __future__ import annotations

from pipelines.cli.options.as_of import AsOfOptions
from pipelines.cli.options.audit import AuditOptions
from pipelines.cli.options.capture import CaptureOptions
from pipelines.cli.options.check import CheckOptions
from pipelines.cli.options.common import Options
from pipelines.cli.options.datasets import DatasetsOptions
from pipelines.cli.options.diff import DiffOptions
from pipelines.cli.options.doctor import DoctorOptions
from pipelines.cli.options.explain import ExplainOptions
from pipelines.cli.options.iceberg import IcebergOptions
from pipelines.cli.options.new import NewOptions
from pipelines.cli.options.refresh import RefreshOptions
from pipelines.cli.options.show import ShowOptions
from pipelines.cli.options.status import StatusOptions
from pipelines.cli.options.verify import VerifyOptions
from pipelines.cli.options.withdraw import WithdrawOptions

COMMANDS: tuple[type[Options], ...] = (
    RefreshOptions,
    CaptureOptions,
    StatusOptions,
    DatasetsOptions,
    CheckOptions,
    NewOptions,
    ShowOptions,
    ExplainOptions,
    DiffOptions,
    AsOfOptions,
    AuditOptions,
    VerifyOptions,
    IcebergOptions,
    WithdrawOptions,
    DoctorOptions,
)
