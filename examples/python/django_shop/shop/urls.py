"""Addresses of the example."""

from billing import views
from django.urls import path

urlpatterns = [path("invoices/<str:number>/receipt", views.receipt, name="receipt")]
