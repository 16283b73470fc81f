"""What the end-to-end tests share: the server under test, clients of its API, Terraform projects, a recording proxy."""
