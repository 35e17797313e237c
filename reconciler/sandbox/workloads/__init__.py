"""The simulated programs that services run: what they log and whether they start, according to their variables."""

from __future__ import annotations

from reconciler.sandbox.workloads.api import api
from reconciler.sandbox.workloads.job import job
from reconciler.sandbox.workloads.plain import plain
from reconciler.sandbox.workloads.script import Line, Pace, Script, Surroundings, Workload
from reconciler.sandbox.workloads.supabase import SupabaseProject
from reconciler.sandbox.workloads.upload_worker import upload_worker

WORKLOADS: dict[str, Workload] = {"api": api, "plain": plain, "upload-worker": upload_worker}
"""Programs by the name that a service's record gives."""

__all__ = ["WORKLOADS", "Line", "Pace", "Script", "SupabaseProject", "Surroundings", "Workload", "job"]
