"""Errors, time, settings, logging, ids and the kinds of parent. Every other package may use it.

It knows neither DynamoDB nor HTTP and imports no other package.
"""
