"""What happens later: the only room that knows the queue."""
