"""What every other package may use: errors, time, settings, logging, the kinds of parent.

It knows neither DynamoDB nor HTTP and imports no other package.
"""
