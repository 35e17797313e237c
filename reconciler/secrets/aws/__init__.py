"""`awssecrets://` and `awsssm://`: AWS Secrets Manager and the Parameter Store of AWS Systems Manager."""
