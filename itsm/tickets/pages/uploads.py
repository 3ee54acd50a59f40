"""Files that come with a form: all of them whole, or a sentence that says why not."""

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest
from django.utils.translation import gettext as _

from core.errors import Invalid
from core.uploads import came_whole

# The first and last field of a form with files: it came whole where both came.
BEGIN, END = "begin", "end"


def sent_files(request: HttpRequest, name: str = "files") -> list[UploadedFile]:
    """The files of a form. Raises Invalid where the upload broke off."""
    files = [file for file in request.FILES.getlist(name) if file is not None]
    cut = BEGIN in request.POST and END not in request.POST
    if cut or not came_whole(request):
        raise Invalid(
            {"file": [_("The upload broke off; your text is kept. Send it again.")]}
        )
    return files
