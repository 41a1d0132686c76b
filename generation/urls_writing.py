"""The addresses of people who write, and of whoever asked them."""

from django.urls import path

from generation.views import write, writing

urlpatterns = [
    path("writing/", writing.writing_list, name="writings"),
    path("writing/<slug:code>/", writing.writing_page, name="writing"),
    path("writing/<slug:code>/writers/", writing.writers_new, name="writing-writers"),
    path("writing/<slug:code>/invitation/", writing.writing_inviting, name="writing-invite"),
    path("writing/<slug:code>/take/", writing.writing_taking, name="writing-take"),
    path("writing/<slug:code>/close/", writing.writing_closing, name="writing-close"),
    path("write/join/<slug:code>/", write.join, name="write-join"),
    path("write/<slug:code>/", write.write, name="write"),
    path("write/<slug:code>/agree/", write.agree, name="write-agree"),
    path("write/<slug:code>/withdraw/", write.withdraw, name="write-withdraw"),
]
