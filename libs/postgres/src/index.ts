export { type Cluster, type ClusterOptions, startCluster } from './cluster.js';
export { type Passwords, type Role, roles, setUpRoles, urlFor } from './roles.js';
