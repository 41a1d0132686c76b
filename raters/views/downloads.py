"""A study's files, streamed. Each leaves an audit row, since each names the sources."""

from django.http import Http404, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.text import slugify
from django.views.decorators.http import require_GET

from raters.exports import EXPORTS, Tally, Wishes, refusal, stream
from raters.exports.manifest import SUFFIX, manifest
from raters.services.study_states import study_unblind_note
from raters.views.access import StaffRequest, own_study, researcher_required


@require_GET
@researcher_required
def export_file(request: StaffRequest, code: str, name: str) -> HttpResponseBase:
    study = own_study(request, code)
    export = EXPORTS.get(name.removesuffix(SUFFIX))
    if export is None:
        raise Http404
    if sentence := refusal(study):
        page = {"study": {"code": study.code, "name": study.name}, "sentence": sentence}
        return render(request, "research/refused.html", page, status=409)
    study_unblind_note(study=study, user=request.user, page=f"exports/{name}", now=timezone.now())
    wishes = Wishes(per_rater=export.takes_per_rater and request.GET.get("per_rater") == "1")
    file_name = f"{slugify(study.name) or study.code}-{export.file_name(wishes)}"
    response: HttpResponseBase
    if name.endswith(SUFFIX):
        about = manifest(export, study, wishes, file=file_name)
        response = HttpResponse(about, content_type="application/json")
        file_name += SUFFIX
    else:
        response = StreamingHttpResponse(
            stream(export, study, wishes, Tally()), content_type=export.content_type
        )
    response["Content-Disposition"] = f'attachment; filename="{file_name}"'
    return response
