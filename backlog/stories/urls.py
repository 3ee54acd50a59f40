"""The addresses of stories and ideas."""

from django.urls import URLPattern, path

from backlog.stories import idea_views, list_views, story_views

STORY = "backlog/<slug:slug>/stories/<str:number>/"

urlpatterns: list[URLPattern] = [
    path("backlog/", list_views.home, name="backlogs"),
    path("backlog/stories/<str:number>/", story_views.by_number, name="story-by"),
    path("backlog/ideas/", idea_views.listing, name="ideas"),
    path("backlog/ideas/<int:pk>/", idea_views.one, name="idea"),
    path("portal/ideas/", idea_views.own, name="own-ideas"),
    path("backlog/new/", idea_views.make_of, name="story-of"),
    path("backlog/<slug:slug>/", list_views.ranked, name="backlog"),
    path("backlog/<slug:slug>/new/", list_views.new, name="story-new"),
    path("backlog/<slug:slug>/idea/", idea_views.give, name="idea-new"),
    path("backlog/<slug:slug>/picked/", list_views.picked, name="backlog-picked"),
    path(STORY, story_views.one, name="story"),
    path(f"{STORY}move/", list_views.move, name="story-move"),
    path(f"{STORY}weigh/", list_views.weigh, name="story-weigh"),
    path(f"{STORY}do/<str:verb>/", story_views.do, name="story-do"),
    path(f"{STORY}files/<int:pk>/", story_views.file, name="story-file"),
]
