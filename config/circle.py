"""Where the circle closes: the file that a study was exported to is handed to training.

The one place that knows both apps' ends of it; what passes is the file and its manifest, as they
would be downloaded and handed over. For admins.
"""

from django.contrib import messages
from django.http import Http404, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from generation.access import StaffRequest, researcher_required
from generation.datasets.preferences import FileRefused
from generation.services.pair_files import pair_file_keep
from raters.exports.manifest import as_bytes
from raters.models import StudyExport
from raters.services.study_states import study_unblind_note

BLOCK = 1 << 20


@require_POST
@researcher_required
def export_learn(request: StaffRequest, code: str, export: str) -> HttpResponseBase:
    """Keep a built file to learn from; that it names sources leaves an audit row."""
    if not request.user.is_superuser:
        raise Http404
    built = StudyExport.objects.of(request.user).filter(state=StudyExport.State.BUILT)
    found = get_object_or_404(built.select_related("study"), study__code=code, code=export)
    try:
        with found.path.open("rb") as file:
            blocks = iter(lambda: file.read(BLOCK), b"")
            kept = pair_file_keep(content=blocks, manifest=as_bytes(found.manifest))
    except OSError:
        raise Http404 from None
    except FileRefused as refused:
        messages.error(request, str(refused))
        return redirect(reverse("study", args=[code]) + "#exports")
    study_unblind_note(
        study=found.study, user=request.user, page=f"training/{kept.export}", now=timezone.now()
    )
    return redirect(f"{reverse('preference-new')}?pairs={kept.key}#new")
