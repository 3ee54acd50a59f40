"""The addresses of the story map, and of an increment's stories."""

from django.urls import URLPattern, path

from backlog.refining.map import backbone_views, bundle_views, views

MAP = "backlog/<slug:slug>/map/"

urlpatterns: list[URLPattern] = [
    path(MAP, views.story_map, name="story-map"),
    path(f"{MAP}place/", views.place, name="story-map-place"),
    path(f"{MAP}activities/", backbone_views.edit, name="activities"),
    path(f"{MAP}activities/add/", backbone_views.add, name="activity-add"),
    path(f"{MAP}activities/stream/", backbone_views.stream, name="activity-stream"),
    path(f"{MAP}activities/<int:pk>/", backbone_views.change, name="activity-change"),
    path(f"{MAP}<str:number>/", views.move, name="story-map-move"),
    path("increments/<int:pk>/add/", bundle_views.add, name="increment-add"),
    path("increments/<int:pk>/remove/", bundle_views.remove, name="increment-remove"),
    path("increments/<int:pk>/drop/", bundle_views.drop, name="increment-drop"),
]
