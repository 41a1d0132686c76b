"""What an admin sees of the installation: people, workers and queues, storage, versions."""
