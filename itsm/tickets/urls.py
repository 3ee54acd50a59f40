"""The addresses of the shared record: lists first, then one ticket."""

from django.urls import URLPattern, path

from itsm.tickets.bulk import views as bulk_views
from itsm.tickets.exports import pages as exports_pages
from itsm.tickets.joining import views as joining_views
from itsm.tickets.pages import (
    create_views,
    files_views,
    palette_views,
    queue_views,
    search_views,
    similar_views,
    ticket_urls,
    work_views,
)
from itsm.tickets.replies import urls as reply_urls
from itsm.tickets.together import urls as together_urls
from itsm.tickets.views import pages as views_pages

urlpatterns: list[URLPattern] = [
    path("", work_views.my_work, name="work"),
    path("queue/", queue_views.queue_list, name="queue"),
    path("queue/bulk/", bulk_views.bulk, name="bulk"),
    path("queue/bulk/<int:pk>/", bulk_views.result, name="bulk-result"),
    path("queue/bulk/<int:pk>/undo/", bulk_views.undo, name="bulk-undo"),
    path("queue/rows/", queue_views.some_rows, name="queue-rows"),
    path("queue/reply/<slug:number>/", queue_views.reply, name="queue-reply"),
    path("queue/look/", views_pages.look, name="queue-look"),
    path("queue/views/", views_pages.arrange, name="queue-views"),
    path("queue/views/new/", views_pages.new, name="queue-view-new"),
    path("queue/views/counts/", views_pages.late_counts, name="queue-view-counts"),
    path("queue/views/<int:pk>/", views_pages.change, name="queue-view"),
    path("exports/", exports_pages.exports, name="exports"),
    path("exports/<int:pk>/", exports_pages.file, name="export-file"),
    path("queue/why/<slug:number>/", queue_views.why, name="queue-why"),
    path("queue/take/<slug:number>/", queue_views.take, name="queue-take"),
    path("incidents/", queue_views.type_list, {"type_": "incident"}, name="incidents"),
    path("requests/", queue_views.type_list, {"type_": "request"}, name="requests"),
    path("changes/", queue_views.type_list, {"type_": "change"}, name="changes"),
    path("problems/", queue_views.type_list, {"type_": "problem"}, name="problems"),
    path("new/", create_views.new, name="new"),
    path("new/<slug:type_>/", create_views.new, name="new-of"),
    path("merged/<slug:number>/", joining_views.thread, name="merged"),
    path("files/<int:pk>/<str:name>", files_views.file, name="file"),
    path("search/", search_views.search_page, name="search"),
    path("search/beside/", search_views.beside, name="search-beside"),
    path("search/complete/", search_views.completions, name="search-complete"),
    path("palette/", palette_views.options, name="palette"),
    path("similar/<slug:number>/", similar_views.similar_tickets, name="similar"),
    *ticket_urls.urlpatterns,
    *together_urls.urlpatterns,
    *reply_urls.urlpatterns,
]
