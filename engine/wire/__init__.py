"""What travels in over the broker: a campaign, decoded strictly, with every fault named."""

from engine.wire.canonical import encode_job, job_fingerprint
from engine.wire.decode import MAX_JOB_BYTES, decode_job
from engine.wire.faults import Fault, FaultReason, JobFaults
from engine.wire.job import CampaignJob

__all__ = [
    "MAX_JOB_BYTES",
    "CampaignJob",
    "Fault",
    "FaultReason",
    "JobFaults",
    "decode_job",
    "encode_job",
    "job_fingerprint",
]
