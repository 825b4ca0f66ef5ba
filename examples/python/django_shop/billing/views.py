"""Pages."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from etims_sdk import EtimsError, MisuseError

from .etims import device
from .models import Invoice


def receipt(request: HttpRequest, number: str) -> HttpResponse:
    """The receipt, once KRA has signed it. Before that nothing that looks like one."""
    invoice = Invoice.objects.filter(number=number).first()
    if invoice is None:
        raise Http404(number)
    try:
        signed = device().receipt(number)
    except MisuseError:
        return render(request, "billing/waiting.html", {"invoice": invoice}, status=202)
    except EtimsError as error:
        return render(request, "billing/waiting.html", {"invoice": invoice, "error": error}, status=409)
    copy = "copy" in request.GET
    return HttpResponse(signed.render("html", copy=copy, paper=request.GET.get("paper", "80mm")))
