"""How requests of persons are shown; never whose they are."""

from collections.abc import Sequence

from engine.rights import Request
from ops.cli import output
from ops.cli.rights_shapes import RequestShown
from policy.rights import RequestState


def request_shown(request: Request) -> RequestShown:
    """Return a request as it is shown."""
    row, progress = request.row, request.progress
    under_way = request.state is RequestState.RUNNING
    return RequestShown(
        request=row.id,
        controller=request.controller,
        right=request.right.value,
        state=request.state.value,
        step=progress.step or "search" if under_way else None,
        refused_because=progress.refusal or None,
        source=row.source,
        received_at=output.moment(row.received_at),
        due_at=output.moment(row.due_at),
        accepted_at=output.perhaps(row.accepted_at),
        finished_at=output.perhaps(row.finished_at),
        waits_for_holds=request.holds,
        found=dict(progress.found),
    )


def print_request(request: Request, *, json: bool) -> None:
    """Write one request."""
    one = request_shown(request)
    if json:
        output.document(one)
        return
    output.facts(
        {
            "request": one.request,
            "controller": one.controller,
            "right": one.right,
            "state": one.state,
            "next": one.step,
            "refused because": one.refused_because,
            "waits for legal holds": ", ".join(map(str, one.waits_for_holds)) or None,
            "received": output.readable(one.received_at),
            "must be answered before": output.readable(one.due_at),
            "accepted": output.readable(one.accepted_at),
            "finished": output.readable(one.finished_at),
        }
    )
    for place, number in one.found.items():
        output.data(f"  {place.replace('_', ' ')}: {number}")


def print_requests(requests: Sequence[Request]) -> None:
    """Write requests as a table."""
    output.table(
        ("number", "controller", "right", "state", "received", "before", "finished"),
        [
            (
                one.request,
                one.controller,
                one.right,
                one.state,
                output.readable(one.received_at),
                output.readable(one.due_at),
                output.readable(one.finished_at),
            )
            for one in map(request_shown, requests)
        ],
    )
